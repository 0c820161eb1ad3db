import { useSignal } from '@preact/signals'
import type { Answer } from '../../../api/endpoints.ts'
import { request } from '../../client/request.ts'
import { Field } from '../../parts/field.tsx'
import { reasonOf, useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { brokerToSet, mqttLine } from './mqtt-rules.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS
/** How it goes is seen soon after a broker was named: this is the test of it. */
const LOOK_MS = 2_000

type Mqtt = Answer<'getMqttConfig'>

/** The MQTT broker: how it goes, and another one. */
export function MqttSection() {
  const { asking, again } = useAnswer('getMqttConfig', {}, LOOK_MS)
  const { answer, failure } = asking.value
  return (
    <Panel title={texts.mqtt}>
      {answer === undefined ? (
        <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
      ) : (
        <State status={answer} />
      )}
      <OwnerOnly of="setMqttConfig">
        {answer !== undefined && <BrokerForm status={answer} again={again} />}
      </OwnerOnly>
    </Panel>
  )
}

function State({ status }: { readonly status: Mqtt }) {
  const { text, isFault } = mqttLine(status)
  const { connected, thermostats = 0, messagesSent = 0, source } = status
  return (
    <>
      <p role="status" class={isFault ? 'failure' : ''}>
        {text}
      </p>
      {connected && <p class="hint figures">{texts.mqttCounts(thermostats, messagesSent)}</p>}
      {source === 'environment' && <p class="hint">{texts.mqttFixed}</p>}
      {source === 'supervisor' && <p class="hint">{texts.mqttOffered}</p>}
    </>
  )
}

interface BrokerFormProps {
  readonly status: Mqtt
  readonly again: () => Promise<void>
}

function BrokerForm({ status, again }: BrokerFormProps) {
  const isStored = status.source === 'store'
  const broker = useSignal(isStored ? (status.brokerUrl ?? '') : '')
  const user = useSignal(isStored ? (status.username ?? '') : '')
  const password = useSignal('')
  const ca = useSignal('')
  const failure = useSignal('')
  const isBusy = useSignal(false)
  if (status.source === 'environment') return null
  const run = async (send: () => Promise<unknown>) => {
    isBusy.value = true
    failure.value = ''
    try {
      await send()
      password.value = ''
      await again()
    } catch (error) {
      failure.value = reasonOf(error)
    }
    isBusy.value = false
  }
  const use = () => {
    if (broker.value.trim() === '') {
      failure.value = texts.brokerNeeded
      return
    }
    const body = brokerToSet(status, {
      broker: broker.value,
      user: user.value,
      password: password.value,
      ca: ca.value,
    })
    void run(() => request('setMqttConfig', { body }))
  }
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        use()
      }}
    >
      <Field label={texts.broker} value={broker} hint={texts.brokerHint} />
      <div class="pair-of-fields">
        <Field label={texts.user} value={user} />
        <Field
          label={texts.password}
          value={password}
          hint={isStored && status.hasPassword === true ? texts.passwordKept : undefined}
          isSecret
        />
      </div>
      <details class="more">
        <summary>{texts.ca}</summary>
        <Field label={texts.caLabel} value={ca} hint={texts.caHint} isLong />
      </details>
      <p role="status" class="failure">
        {failure.value}
      </p>
      <div class="buttons">
        <button type="submit" class="button main" disabled={isBusy.value}>
          {texts.use}
        </button>
        {isStored && (
          <button
            type="button"
            class="button"
            disabled={isBusy.value}
            onClick={() => void run(() => request('removeMqttConfig', {}))}
          >
            {texts.turnOff}
          </button>
        )}
      </div>
    </form>
  )
}
