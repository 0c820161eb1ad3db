import { durationText } from '../../format/durations.ts'
import { TEXTS } from '../../texts.ts'
import type { Kind, Runtimes } from './runtime-bars.ts'

const { history: texts } = TEXTS

/** What a sign in a chart means: a line, a dashed line, a band. */
export function Sign({ sign, text }: { readonly sign: string; readonly text: string }) {
  return (
    <li>
      <i class={`sign ${sign}`} aria-hidden="true" />
      {text}
    </li>
  )
}

/** What ran, and for how long in all. */
export function RanSigns(props: { readonly kinds: readonly Kind[]; readonly ran: Runtimes }) {
  return props.kinds.map((kind) => (
    <Sign
      key={kind}
      sign={`block ${kind}`}
      text={texts.kindFor(texts.kinds[kind], durationText(props.ran[kind]))}
    />
  ))
}
