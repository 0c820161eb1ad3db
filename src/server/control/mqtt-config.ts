import { readBroker } from '../../protocol/mqtt/broker-config.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { ControlServices } from './services.ts'

/** `POST /api/mqtt-config`: keeps a broker and uses it at once. The environment wins. */
export function setMqttHandler({ mqtt }: Pick<ControlServices, 'mqtt'>): Handler {
  return async (request) => {
    const created = await mqtt.configure(readBroker(await request.json()))
    return ok({ success: true, created, ...overruled(mqtt.status()) })
  }
}

/** `GET /api/mqtt-config`: what is configured and how it goes; never the password. */
export function mqttStatusHandler({ mqtt }: Pick<ControlServices, 'mqtt'>): Handler {
  return () => ok(mqtt.status())
}

/** `DELETE /api/mqtt-config`: forgets the stored broker. */
export function removeMqttHandler({ mqtt }: Pick<ControlServices, 'mqtt'>): Handler {
  return async () => {
    const removed = await mqtt.remove()
    return ok({ success: true, removed, ...overruled(mqtt.status()) })
  }
}

/** Whoever changes what is stored has to know that it is not what is used. */
function overruled({ source }: { source?: unknown }): { note?: string } {
  return source === 'environment'
    ? { note: 'MQTT_HOST is set for the server, and wins over what is stored.' }
    : {}
}
