import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { TEXTS } from '../../texts.ts'

const { settings: texts } = TEXTS

interface AskFirstProps {
  readonly action: string
  /** The action and what it is done to, where several buttons have the same words. */
  readonly label?: string
  readonly question: string
  readonly warning?: string | undefined
  readonly isDisabled?: boolean
  readonly act: () => Promise<void>
}

/** A button for what cannot be undone: a question comes before it. */
export function AskFirst({
  action,
  label,
  question,
  warning,
  isDisabled = false,
  act,
}: AskFirstProps) {
  const isAsked = useSignal(false)
  const isBusy = useSignal(false)
  const wasAsked = useRef(false)
  const begin = useRef<HTMLButtonElement>(null)
  const keep = useRef<HTMLButtonElement>(null)
  // The button that was pressed is gone. The one that changes nothing is the next; afterwards, the first again.
  useLayoutEffect(() => {
    if (isAsked.value) keep.current?.focus()
    else if (wasAsked.current) begin.current?.focus()
    wasAsked.current = isAsked.value
  }, [isAsked.value])
  if (!isAsked.value) {
    return (
      <button
        type="button"
        class="button"
        ref={begin}
        aria-label={label}
        disabled={isDisabled}
        onClick={() => {
          isAsked.value = true
        }}
      >
        {action}
      </button>
    )
  }
  const goOn = async () => {
    isBusy.value = true
    await act()
    isBusy.value = false
    isAsked.value = false
  }
  return (
    <fieldset class="sure stack">
      <legend>{question}</legend>
      {warning !== undefined && <p class="failure">{warning}</p>}
      <div class="buttons">
        <button
          type="button"
          class="button main"
          disabled={isBusy.value}
          onClick={() => void goOn()}
        >
          {action}
        </button>
        <button
          type="button"
          class="button"
          ref={keep}
          disabled={isBusy.value}
          onClick={() => {
            isAsked.value = false
          }}
        >
          {texts.keep}
        </button>
      </div>
    </fieldset>
  )
}
