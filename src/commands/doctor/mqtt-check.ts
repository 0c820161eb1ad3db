import type { Finding } from './finding.ts'
import type { Subject } from './subject.ts'

/** Whether the server is connected to its MQTT broker; no finding without a broker. */
export async function checkMqtt({ running, world }: Subject): Promise<Finding[]> {
  const mqtt = running && (await world.ask(`${running.controlUrl}/api/mqtt-config`))
  if (mqtt?.configured !== true) return []
  const broker = String(mqtt.brokerUrl)
  if (mqtt.connected === true) {
    return [{ check: 'mqtt', level: 'ok', message: `connected to ${broker}` }]
  }
  return [
    {
      check: 'mqtt',
      level: 'warning',
      message: `not connected to ${broker}: ${mqtt.lastError ?? 'it has not answered yet'}`,
      mend: 'Start the broker, or set the right one with "nle mqtt set"; thermostats do not depend on it.',
    },
  ]
}
