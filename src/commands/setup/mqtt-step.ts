import { NleError } from '../../errors.ts'
import { brokerAddress } from '../../protocol/mqtt/broker-config.ts'
import { settledBroker } from '../client/settled.ts'
import { mqttStatusLines } from '../format/mqtt-status.ts'
import { brokerPassword } from '../options/mqtt-password.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { askText, offer } from '../terminal/prompt.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, blockedStep, type Direction, type SetupRoom, STOPPED } from './setup-room.ts'

/** Connects the server to a broker, and tells how that went. */
export async function mqttStep(
  room: SetupRoom,
  { found: { told }, client }: LookedAround,
): Promise<Direction> {
  const { io } = room
  if (client === undefined || told === undefined) return blockedStep(room)
  const { mqtt } = told
  if (mqtt.source === 'environment') {
    note(io, 'MQTT_HOST of the server names the broker, so it is changed there.')
    return (await askStep(room, [], 'first')) ?? 'again'
  }
  const use = mqtt.configured ? 'Use another broker' : 'Use a broker'
  const action = await askStep(
    room,
    [
      { value: 'use', name: use },
      ...(mqtt.configured ? [{ value: 'off', name: 'Forget the broker' } as const] : []),
    ] as const,
    mqtt.connected ? 'first' : 'last',
  )
  if (action === 'off') await client.call('removeMqttConfig')
  if (action !== 'use') return action === 'off' ? 'again' : (action ?? 'again')
  const brokerUrl = (
    await askText(io, 'Broker, such as 192.168.1.5 (empty: leave it):', brokerFault, STOPPED)
  ).trim()
  if (brokerUrl === '') return 'again'
  const user = (await askText(io, 'User at the broker (empty: none):', () => true, STOPPED)).trim()
  const password = user === '' ? undefined : await brokerPassword({ user, file: undefined }, io)
  const homeAssistantDiscovery = await offer(io, 'Let Home Assistant find the thermostats by it?')
  const answer = await client.setMqtt({
    brokerUrl,
    homeAssistantDiscovery,
    ...(user === '' ? {} : { username: user }),
    // An empty one takes away the password of the broker before.
    password: password ?? '',
  })
  if (answer.note !== undefined) note(io, answer.note)
  const status = await settledBroker(client, io)
  note(io, mqttStatusLines(status, chalkOf(io)).trimEnd())
  if (status.connected) return 'next'
  note(io, 'The broker is kept, and tried again and again.')
  return 'again'
}

function brokerFault(typed: string): true | string {
  if (typed.trim() === '') return true
  try {
    brokerAddress(typed)
    return true
  } catch (error) {
    if (error instanceof NleError) return `That is no broker: ${error.message}`
    throw error
  }
}
