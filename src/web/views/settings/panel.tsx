import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface PanelProps {
  readonly title: string
  readonly children: ComponentChildren
}

/** One subject of the settings under its heading. */
export function Panel({ title, children }: PanelProps) {
  const id = useId()
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="stack">{children}</div>
    </section>
  )
}
