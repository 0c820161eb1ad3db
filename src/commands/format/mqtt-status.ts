import type { ChalkInstance } from 'chalk'
import type { JsonObject } from '../../protocol/bucket.ts'
import { printable } from '../terminal/printable.ts'

/** Where the address of the broker comes from, for people. */
const SOURCES: Readonly<Record<string, string>> = {
  environment: 'set by MQTT_HOST',
  store: 'set by "nle mqtt set"',
  supervisor: 'given by Home Assistant',
}

/** The state of a server's MQTT connection for people; every line ends with a newline. */
export function mqttStatusLines(status: JsonObject, chalk: ChalkInstance): string {
  if (status.configured !== true) {
    return 'MQTT is off. Name a broker with "nle mqtt set <broker>", or MQTT_HOST for the server.\n'
  }
  const word = (value: unknown): string => printable(String(value))
  const state = status.connected === true ? chalk.green('connected') : chalk.red('not connected')
  const why =
    typeof status.lastError === 'string' && status.connected !== true
      ? `: ${word(status.lastError)}`
      : ''
  const version =
    typeof status.protocolVersion === 'string'
      ? chalk.dim(` (MQTT ${word(status.protocolVersion)})`)
      : ''
  const where = SOURCES[String(status.source)] ?? SOURCES.store
  const user = typeof status.username === 'string' ? word(status.username) : 'none'
  const password = status.hasPassword === true ? 'with a password' : 'without a password'
  const rows: [string, string][] = [
    ['broker', `${word(status.brokerUrl)} ${chalk.dim(`(${where})`)}`],
    ['state', `${state}${why}${version}`],
    ['user', `${user}, ${password}`],
    ['topics', `${word(status.topicPrefix)}/…${status.publishRaw === true ? '' : ', no raw ones'}`],
    [
      'discovery',
      status.homeAssistantDiscovery === true ? `${word(status.discoveryPrefix)}/…` : 'off',
    ],
  ]
  // Counts begin with the connection.
  if (status.connected === true) {
    rows.push(
      ['thermostats', word(status.thermostats)],
      ['messages', `${word(status.messagesSent)} sent, ${word(status.messagesRefused)} refused`],
    )
  }
  return rows.map(([label, value]) => `${chalk.dim(label.padEnd(12))} ${value}\n`).join('')
}
