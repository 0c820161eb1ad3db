import type { Answer, Sent } from '../../../api/endpoints.ts'
import { sentenceOf } from '../../format/sentence.ts'
import { TEXTS } from '../../texts.ts'

const { settings: texts } = TEXTS

type Mqtt = Answer<'getMqttConfig'>

/** How the connection to the broker goes, in words. */
export function mqttLine(status: Mqtt): { readonly text: string; readonly isFault: boolean } {
  const { configured, connected, brokerUrl = '', lastError } = status
  if (!configured) return { text: texts.mqttOff, isFault: false }
  if (connected) return { text: texts.mqttOn(brokerUrl), isFault: false }
  if (!lastError) return { text: texts.mqttTrying(brokerUrl), isFault: false }
  return { text: texts.mqttFailed(brokerUrl, sentenceOf(lastError)), isFault: true }
}

/** What a person typed of a broker. */
export interface TypedBroker {
  readonly broker: string
  readonly user: string
  readonly password: string
  readonly ca: string
}

/**
 * The broker to set. What the form does not show stays as it is on file, because setting a broker replaces all
 * of it. An empty password field keeps the password on file, unless there is none.
 */
export function brokerToSet(
  status: Mqtt,
  typed: TypedBroker,
): NonNullable<Sent<'setMqttConfig'>['body']> {
  const { topicPrefix, discoveryPrefix, publishRaw, homeAssistantDiscovery } = status
  const user = typed.user.trim()
  const kept = { topicPrefix, discoveryPrefix, publishRaw, homeAssistantDiscovery }
  const given = {
    username: user === '' ? undefined : user,
    password: typed.password === '' ? undefined : typed.password,
    ca: typed.ca.trim() === '' ? undefined : typed.ca,
    ...kept,
  }
  const fields = Object.entries(given).filter(([, value]) => value !== undefined)
  return { brokerUrl: typed.broker.trim(), ...Object.fromEntries(fields) }
}
