import { isObject, type JsonObject } from '../bucket.ts'
import { numberIn } from '../input.ts'
import { parseIp } from '../lan/addresses.ts'
import { brokerAddress, type StoredBroker } from '../mqtt/broker-config.ts'

/** Reads what the supervisor of Home Assistant answers to its add-ons. */

/**
 * The broker that `GET /services/mqtt` names.
 *
 * @throws NleError `invalid` for an answer that names none
 */
export function brokerIn({ host, port, ssl, username, password }: JsonObject): StoredBroker {
  const scheme = ssl === true ? 'mqtts' : 'mqtt'
  const name = typeof host === 'string' ? host : ''
  return {
    ...brokerAddress(`${scheme}://${name}`, numberIn(port)),
    ...(typeof username === 'string' && username !== '' ? { username } : {}),
    ...(typeof password === 'string' && password !== '' ? { password } : {}),
  }
}

/** Where the supervisor connects to this add-on for a person who looks at its page. */
export interface IngressAddress {
  readonly host: string
  readonly port: number
}

/** The same of `GET /addons/self/info`; undefined while it has none. */
export function ingressIn({ ip_address, ingress_port }: JsonObject): IngressAddress | undefined {
  const ip = typeof ip_address === 'string' ? parseIp(ip_address) : undefined
  // The supervisor says 0.0.0.0 of an add-on whose container it does not know yet.
  if (ip === undefined || ip.kind === 'unspecified') return undefined
  const isPort = Number.isInteger(ingress_port) && Number(ingress_port) > 0
  return isPort ? { host: ip.text, port: Number(ingress_port) } : undefined
}

/** The data of an answer that says `ok`; undefined for any other one. */
export function dataIn(answer: JsonObject | undefined): JsonObject | undefined {
  return answer?.result === 'ok' && isObject(answer.data) ? answer.data : undefined
}
