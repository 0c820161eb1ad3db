import type { Answer } from '../../api/endpoints.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'

/** The MQTT broker: `/api/mqtt-config`. */
export function mqttEndpoints({ mqtt }: ControlServices) {
  /** Tells a client that the broker it changed is not the one in use. */
  const overruled = (): { note?: string } =>
    mqtt.status().source === 'environment'
      ? { note: 'MQTT_HOST is set for the server, and wins over what is stored.' }
      : {}
  return {
    /** `POST`: stores a broker and uses it at once, unless the environment names one. */
    async setMqttConfig(request) {
      const created = await mqtt.configure(await request.json())
      return { success: true, created, ...overruled() }
    },

    /** `GET`: the configuration and the connection's state; never the password. */
    getMqttConfig() {
      return mqtt.status() as Answer<'getMqttConfig'>
    },

    /** `DELETE`: forgets the stored broker. */
    async removeMqttConfig() {
      const removed = await mqtt.remove()
      return { success: true, removed, ...overruled() }
    },
  } satisfies SomeHandlers
}
