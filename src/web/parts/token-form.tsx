import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { RequestError } from '../client/request.ts'
import { reasonOf } from '../state/answer.ts'
import { openSession } from '../state/sign-in.ts'
import { TEXTS } from '../texts.ts'
import { SecondsLeft } from './seconds-left.tsx'

const { locked: texts } = TEXTS

/** Asks for a token and exchanges it for a session. */
export function TokenForm() {
  const id = useId()
  const token = useSignal('')
  const isBusy = useSignal(false)
  const failure = useSignal('')
  const untilMs = useSignal(0)
  const open = async () => {
    untilMs.value = 0
    if (token.value.trim() === '') {
      failure.value = texts.empty
      return
    }
    isBusy.value = true
    failure.value = ''
    try {
      await openSession(token.value.trim())
      token.value = ''
    } catch (error) {
      failure.value = wordsFor(error)
    }
    isBusy.value = false
  }
  const wordsFor = (error: unknown): string => {
    if (!(error instanceof RequestError)) throw error
    if (error.status === 401) return texts.wrong
    if (error.status === 429) untilMs.value = Date.now() + (error.retryAfterS ?? 60) * 1000
    return reasonOf(error)
  }
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void open()
      }}
    >
      <div class="form-field">
        <label for={id}>{texts.token}</label>
        <div class="token-row">
          <input
            id={id}
            type="password"
            class="field"
            autocomplete="current-password"
            aria-invalid={failure.value !== ''}
            aria-describedby={`${id}-told`}
            value={token.value}
            onInput={({ currentTarget }) => {
              token.value = currentTarget.value
              failure.value = ''
            }}
          />
          <button type="submit" class="button main" disabled={isBusy.value}>
            {texts.open}
          </button>
        </div>
      </div>
      <p id={`${id}-told`} class={failure.value === '' ? 'hint' : 'failure'} role="status">
        {isBusy.value && texts.opening}
        {untilMs.value > 0 ? (
          <SecondsLeft untilMs={untilMs.value} text={texts.tooMany} />
        ) : (
          failure.value
        )}
      </p>
    </form>
  )
}
