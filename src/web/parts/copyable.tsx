import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { copyText } from '../client/copy.ts'
import { TEXTS } from '../texts.ts'

const { shell: texts } = TEXTS
/** How long the button says that it has copied, ms. */
const TOLD_MS = 3_000

interface CopyableProps {
  /** What is copied. */
  readonly text: string
  /** How it is written here, where that is easier to read. */
  readonly shown?: string
  /** What the text is, for people who listen. */
  readonly label: string
  readonly isLarge?: boolean
}

/** A text to be typed or pasted elsewhere, with a button that copies it. */
export function Copyable({ text, shown = text, label, isLarge = false }: CopyableProps) {
  const place = useRef<HTMLElement>(null)
  const told = useSignal<string>(texts.copy)
  const copy = async () => {
    const isCopied = await copyText(text, place.current)
    told.value = isCopied ? texts.copied : texts.copyByHand
  }
  useEffect(() => {
    if (told.value === texts.copy) return
    const timer = setTimeout(() => {
      told.value = texts.copy
    }, TOLD_MS)
    return () => clearTimeout(timer)
  }, [told.value])
  return (
    <div class={isLarge ? 'copyable large' : 'copyable'}>
      <code ref={place}>
        {shown.split(' ').map((word, at) => (
          <Fragment key={word}>
            {at > 0 && ' '}
            <Word text={word} />
          </Fragment>
        ))}
      </code>
      <button
        type="button"
        class="button"
        aria-label={`${told.value}: ${label}`}
        onClick={() => void copy()}
      >
        {told.value}
      </button>
    </div>
  )
}

/** A word stays whole, and an address that is too long for a line is broken before its path. */
function Word({ text }: { readonly text: string }) {
  const breakAt = Math.max(0, text.lastIndexOf('/'))
  return (
    <span>
      {text.slice(0, breakAt)}
      <wbr />
      {text.slice(breakAt)}
    </span>
  )
}
