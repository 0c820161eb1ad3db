import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS
const LINES = 100
const LOOK_MS = 3_000

/** The end of the server's log, which goes on while it is open. */
export function LogSection() {
  const isOpen = useSignal(false)
  return (
    <Panel title={texts.log}>
      <OwnerOnly of="getLog">
        <details
          class="more"
          onToggle={({ currentTarget }) => {
            isOpen.value = currentTarget.open
          }}
        >
          <summary>{texts.logShow}</summary>
          {isOpen.value && <Tail />}
        </details>
      </OwnerOnly>
    </Panel>
  )
}

function Tail() {
  const { asking } = useAnswer('getLog', { query: { limit: LINES } }, LOOK_MS)
  const place = useRef<HTMLElement>(null)
  const isAtEnd = useRef(true)
  const { answer, failure } = asking.value
  const text = answer?.lines.join('\n') ?? ''
  // The newest line stays in sight unless the person has scrolled up.
  useLayoutEffect(() => {
    const box = place.current
    if (box !== null && isAtEnd.current) box.scrollTop = box.scrollHeight
  }, [text])
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  if (text === '') return <p class="quiet">{texts.logEmpty}</p>
  return (
    <section
      ref={place}
      class="log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that
      tabIndex={0}
      aria-label={texts.logLines}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4
      }}
    >
      <pre>{text}</pre>
    </section>
  )
}
