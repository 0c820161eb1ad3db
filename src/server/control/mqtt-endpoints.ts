import type { Answer } from '../../api/endpoints.ts'
import { readBroker } from '../../protocol/mqtt/broker-config.ts'
import type { ControlHandler, ControlServices } from './handler.ts'

/** `POST /api/mqtt-config`: stores a broker and uses it at once, unless the environment names one. */
export function setMqttHandler({
  mqtt,
}: Pick<ControlServices, 'mqtt'>): ControlHandler<'setMqttConfig'> {
  return async (request) => {
    const created = await mqtt.configure(readBroker(await request.json()))
    return { success: true, created, ...overruled(mqtt.status()) }
  }
}

/** `GET /api/mqtt-config`: the configuration and the connection's state; never the password. */
export function mqttStatusHandler({
  mqtt,
}: Pick<ControlServices, 'mqtt'>): ControlHandler<'getMqttConfig'> {
  return () => mqtt.status() as Answer<'getMqttConfig'>
}

/** `DELETE /api/mqtt-config`: forgets the stored broker. */
export function removeMqttHandler({
  mqtt,
}: Pick<ControlServices, 'mqtt'>): ControlHandler<'removeMqttConfig'> {
  return async () => {
    const removed = await mqtt.remove()
    return { success: true, removed, ...overruled(mqtt.status()) }
  }
}

/** Tells a client that the broker it changed is not the one in use. */
function overruled({ source }: { source?: unknown }): { note?: string } {
  return source === 'environment'
    ? { note: 'MQTT_HOST is set for the server, and wins over what is stored.' }
    : {}
}
