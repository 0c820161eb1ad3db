import { isLoopbackHost, isUnspecified, parseIp } from '../../protocol/lan/addresses.ts'
import { originRemarks } from '../../protocol/lan/typed-origin.ts'
import type { Store } from '../../store/store.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

/** How to mend each kind of trouble; for a damaged database its reason already tells. */
const MENDS: Readonly<Record<string, string>> = {
  full: 'Make room; the server goes on by itself.',
  'read-only':
    'Look at what the system log says of the disk; once it can be written, start nle again.',
  disk: 'Look at what the system log says of the disk. "nle backup" writes to another one.',
  busy: 'Close whatever else has the database open.',
}

/** The running server; without one, the ports that it would need. */
export async function checkServer(subject: Subject, store: Store | undefined): Promise<Finding[]> {
  const { running, status, trouble, isRefused } = subject
  const finding = findingOf('server')
  if (running === undefined) {
    // Before the first pairing, a server that does not run is no problem.
    const known = (await store?.thermostats()) ?? []
    const isMissed = known.some(({ owner }) => owner !== undefined)
    const start = 'Start it: "sudo systemctl start nle", or "nle serve".'
    return [
      isMissed
        ? finding('problem', 'none runs; thermostats keep their own schedule until one does', start)
        : finding('note', 'none runs'),
      ...(await checkPorts(subject)),
    ]
  }
  if (isRefused) {
    const mend = 'Run this as the user of the server, or as root, or set NLE_TOKEN.'
    return [finding('warning', `it answers at ${running.controlUrl}, but wants a token`, mend)]
  }
  if (status === undefined) {
    const message = `process ${running.pid} has the database, but does not answer at ${running.controlUrl}`
    return [finding('problem', message, 'Look at its log, and start it again.')]
  }
  if (trouble !== undefined) return [finding('problem', trouble.reason, MENDS[trouble.kind])]
  return [finding('ok', `it answers at ${running.controlUrl}`)]
}

async function checkPorts({ config, world }: Subject): Promise<Finding[]> {
  const ports = [
    { name: 'thermostats', host: config.serverHost, port: config.serverPort, env: 'SERVER_PORT' },
    {
      name: 'control API',
      host: config.controlHost,
      port: config.controlPort,
      env: 'CONTROL_PORT',
    },
  ]
  const finding = findingOf('port')
  const findings: Finding[] = []
  for (const { name, host, port, env } of ports) {
    if (port === 0) continue
    if (await world.isFree(host, port)) {
      findings.push(finding('ok', `${port} (${name}) is free`))
      continue
    }
    const local = isUnspecified(host) ? '127.0.0.1' : host
    const info = (await world.ask(`http://${local}:${port}/info`)) ?? {}
    const health = (await world.ask(`http://${local}:${port}/health`)) ?? {}
    const who =
      health.server === 'nle'
        ? 'an nle server with another database'
        : info.server === 'nolongerevil' || health.status === 'ok'
          ? 'another server for thermostats; the existing one, perhaps'
          : 'another program'
    const mend = `Stop it ("ss -ltnp" shows which it is), or set ${env} to another port.`
    findings.push(finding('problem', `${port} (${name}) is taken by ${who}`, mend))
  }
  return findings
}

/** Whether thermostats can reach the origin they are told. */
export async function checkOrigin(subject: Subject): Promise<Finding> {
  const { origin, running, world, config } = subject
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
  const isOwn = isAddress && world.ownAddresses().includes(address)
  const answers = running === undefined ? undefined : await world.ask(`${origin.url}/info`)
  if (running !== undefined && answers?.server !== 'nolongerevil') {
    return finding(
      'problem',
      `thermostats are told ${origin.url}, and nle does not answer there`,
      isAddress && !isOwn
        ? 'This machine has another address now. Set API_ORIGIN to the one it has, or let the router give it always the same.'
        : 'Check name, port (SERVER_PORT), firewall, and the proxy if there is one.',
    )
  }
  if (running === undefined && isAddress && !isOwn) {
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
export async function checkMqtt({ askServer }: Subject): Promise<Finding[]> {
  const mqtt = await askServer('/api/mqtt-config')
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
