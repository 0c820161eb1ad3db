import { useComputed, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { RequestError, request } from '../../client/request.ts'
import { mayAdminister } from '../../state/permission.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'

const { device: texts } = TEXTS

/** Takes the thermostat away from its owner, after a question that says what it means. */
export function UnpairPanel({ serial, status }: DeviceProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const failure = useSignal('')
  const name = useComputed(() => status.value?.name ?? serial)
  const unpair = async () => {
    dialog.current?.close()
    const userId = status.value?.owner ?? ''
    try {
      const answer = await request('releaseDevice', { params: { serial }, query: { userId } })
      failure.value = answer.success ? '' : texts.unpairFailed(answer.message)
    } catch (error) {
      const why = error instanceof RequestError && error.message !== '' ? error.message : undefined
      failure.value = texts.unpairFailed(why ?? TEXTS.shell.gone)
    }
  }
  return (
    <section class="panel" aria-labelledby="unpair">
      <h2 id="unpair">{texts.pairing}</h2>
      <div class="row">
        <button
          type="button"
          class="button"
          disabled={!mayAdminister()}
          onClick={() => dialog.current?.showModal()}
        >
          {texts.unpair}
        </button>
        {!mayAdminister() && <span class="quiet">{TEXTS.access.adminOnly}</span>}
      </div>
      <p role="alert" class="wrong">
        {failure.value}
      </p>
      <dialog ref={dialog} class="panel ask" aria-labelledby="unpair-ask">
        <h2 id="unpair-ask">{texts.unpairAsk}</h2>
        <p>{texts.unpairMeans(name.value)}</p>
        <div class="row">
          <button type="button" class="button main" onClick={() => dialog.current?.close()}>
            {texts.unpairKeep}
          </button>
          <button type="button" class="button" onClick={() => void unpair()}>
            {texts.unpair}
          </button>
        </div>
      </dialog>
    </section>
  )
}
