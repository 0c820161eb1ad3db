import { isLoopbackHost, parseIp } from '../../protocol/lan/addresses.ts'
import { originRemarks } from '../../protocol/lan/typed-origin.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

/** How to mend each kind of trouble; for a damaged database its reason already tells. */
const MENDS: Readonly<Record<string, string>> = {
  full: 'Make room; the server goes on by itself.',
  'read-only':
    'Look at what the system log says of the disk; once it can be written, the server goes on by itself.',
  disk: 'Look at what the system log says of the disk. "nle backup" writes to another one.',
  busy: 'Close whatever else has the database open.',
}

/** What keeps the running server from using its database; no finding when nothing does. */
export function checkTrouble({ live }: Subject): Finding[] {
  const trouble = live?.trouble
  if (trouble === undefined) return []
  return [findingOf('server')('problem', trouble.reason, MENDS[trouble.kind])]
}

/** Whether thermostats can reach the origin they are told. */
export async function checkOrigin(subject: Subject): Promise<Finding> {
  const { origin, live, machine, config } = subject
  const finding = findingOf('origin')
  const url = new URL(origin.url)
  if (isLoopbackHost(url.hostname)) {
    return finding(
      'problem',
      `thermostats are told ${origin.url}, which is each of them itself`,
      'Set API_ORIGIN to this machine’s address on the home network, such as http://192.168.1.5:8000.',
    )
  }
  const address = parseIp(url.hostname)?.text
  const isAddress = address !== undefined
  const isOwn = isAddress && machine.ownAddresses().includes(address)
  const answers = live === undefined ? undefined : await machine.ask(`${origin.url}/info`)
  if (live !== undefined && answers?.server !== 'nolongerevil') {
    return finding(
      'problem',
      `thermostats are told ${origin.url}, and nle does not answer there`,
      isAddress && !isOwn
        ? 'This machine has another address now. Set API_ORIGIN to the one it has, or let the router give it always the same.'
        : 'Check name, port (SERVER_PORT), firewall, and the proxy if there is one.',
    )
  }
  if (live === undefined && isAddress && !isOwn) {
    return finding(
      'warning',
      `thermostats are told ${origin.url}, which is no address of this machine`,
      'That is right behind a proxy or in a container. Otherwise set API_ORIGIN to the address it has.',
    )
  }
  if (url.protocol === 'https:' && config.certDir === undefined) {
    return finding('note', `thermostats are told ${origin.url}; a proxy has to speak TLS there`)
  }
  return finding('ok', `thermostats are told ${origin.url}`)
}

/** What is worth knowing about the origin that was typed, here or for the running server (`E6`). */
export function remarksOnOrigin({ remarks, origin, config }: Subject): Finding[] {
  const all =
    remarks.length > 0 ? remarks : originRemarks(origin.url, origin.url, config.serverPort)
  const finding = findingOf('origin')
  return all.map(({ level, message, mend }) => finding(level, message, mend))
}

/** Whether the server is connected to its MQTT broker; no finding without a broker. */
export function checkMqtt({ live }: Subject): Finding[] {
  const mqtt = live?.mqtt
  if (mqtt?.configured !== true) return []
  const finding = findingOf('mqtt')
  const broker = String(mqtt.brokerUrl)
  if (mqtt.connected === true) return [finding('ok', `connected to ${broker}`)]
  return [
    finding(
      'warning',
      `not connected to ${broker}: ${mqtt.lastError ?? 'it has not answered yet'}`,
      'Start the broker, or set the right one with "nle mqtt set"; thermostats do not depend on it.',
    ),
  ]
}
