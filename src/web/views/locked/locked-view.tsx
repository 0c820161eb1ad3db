import { useEffect, useRef } from 'preact/hooks'
import { Copyable } from '../../parts/copyable.tsx'
import { TokenForm } from '../../parts/token-form.tsx'
import { TEXTS } from '../../texts.ts'

const { locked: texts } = TEXTS

/** The server asks for a token; nothing else of the page is there before. */
export function LockedView() {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.querySelector('input')?.focus(), [])
  return (
    <div ref={place} class="panel stack locked">
      <h1>{texts.title}</h1>
      <p>{texts.why}</p>
      <TokenForm />
      <p class="hint">{texts.make}</p>
      <Copyable text="nle token create --name browser --scope control" label={texts.command} />
      <p class="hint">{texts.withSudo}</p>
    </div>
  )
}
