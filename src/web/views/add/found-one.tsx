import { useSignal } from '@preact/signals'
import type { FoundThermostat } from '../../../protocol/lan/settings-page.ts'
import { RequestError, request } from '../../client/request.ts'
import { Field } from '../../parts/field.tsx'
import { reasonOf } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'

const { add: texts } = TEXTS

/** A thermostat on the network: the server it uses, and a button that makes it use this one. */
export function FoundOne({ found }: { readonly found: FoundThermostat }) {
  const state = useSignal<'idle' | 'telling' | 'used'>('idle')
  const needsKey = useSignal(false)
  const key = useSignal('')
  const told = useSignal('')
  const { ip, device_name: name, configured } = found
  const use = async () => {
    state.value = 'telling'
    told.value = texts.using
    try {
      await request('configureNest', { body: { ip, api_key: key.value.trim() || null } })
      state.value = 'used'
      told.value = texts.used
    } catch (error) {
      state.value = 'idle'
      told.value = wordsFor(error)
    }
  }
  const wordsFor = (error: unknown): string => {
    const asksForKey = error instanceof RequestError && error.answer.auth_required === true
    if (!asksForKey) return reasonOf(error)
    const isWrong = needsKey.value && key.value.trim() !== ''
    needsKey.value = true
    return isWrong ? texts.keyWrong : texts.keyNeeded
  }
  const isHere = configured || state.value === 'used'
  return (
    <li>
      <form
        class="stack"
        noValidate
        aria-label={name ?? ip}
        onSubmit={(event) => {
          event.preventDefault()
          void use()
        }}
      >
        <div class="found-row">
          <span class="found-name">
            <b>
              <bdi>{name ?? texts.unnamed}</bdi>
            </b>
            <span class="hint figures">{ip}</span>
            <span class="hint">{isHere ? texts.usesThis : usesText(found)}</span>
          </span>
          {!isHere && (
            <button
              type="submit"
              class="button"
              disabled={state.value === 'telling'}
              aria-label={`${texts.use}: ${name ?? ip}`}
            >
              {texts.use}
            </button>
          )}
          {isHere && (
            <a class="button" href="#/pair">
              {texts.toPair}
            </a>
          )}
        </div>
        {needsKey.value && !isHere && <Field label={texts.key} value={key} isCapitals />}
        <p role="status" class={state.value === 'idle' ? 'failure' : 'hint'}>
          {told.value}
        </p>
      </form>
    </li>
  )
}

function usesText({ cloudregisterurl: url }: FoundThermostat): string {
  return url === null || url === '' ? texts.usesNone : texts.usesOther(url)
}
