import { isObject, type JsonObject } from '../protocol/bucket.ts'
import { refusal, requestJson } from './http-json.ts'
import type { Io } from './io.ts'
import { tokenOf } from './server-options.ts'

const TIMEOUT_MS = 10_000

/** What a server tells of its MQTT connection. */
export function mqttStatus(serverUrl: string, io: Io): Promise<JsonObject> {
  return ask('GET', serverUrl, io)
}

/** Gives a server a broker, which it uses at once. */
export function setMqtt(serverUrl: string, broker: JsonObject, io: Io): Promise<JsonObject> {
  return ask('POST', serverUrl, io, broker)
}

/** Takes the broker away from a server. */
export function removeMqtt(serverUrl: string, io: Io): Promise<JsonObject> {
  return ask('DELETE', serverUrl, io)
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  serverUrl: string,
  io: Io,
  body?: JsonObject,
): Promise<JsonObject> {
  const answer = await requestJson({
    method,
    url: `${serverUrl}/api/mqtt-config`,
    ...(body === undefined ? {} : { body }),
    timeoutMs: TIMEOUT_MS,
    token: tokenOf(io.env),
    stop: io.stop,
  })
  if (answer.status !== 200 || !isObject(answer.body)) throw refusal(answer, serverUrl)
  return answer.body
}
