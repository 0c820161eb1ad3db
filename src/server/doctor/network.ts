import { isLoopback } from '../lan-address.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './subject.ts'

/** The server that runs, or the ports one would need. */
export async function checkPorts({ config, running, status, world }: Subject): Promise<Finding[]> {
  if (running !== undefined) {
    return status !== undefined
      ? [{ check: 'server', level: 'ok', message: `it answers at ${running.controlUrl}` }]
      : [
          {
            check: 'server',
            level: 'problem',
            message: `process ${running.pid} has the database, but does not answer at ${running.controlUrl}`,
            mend: 'Look at its log, and start it again.',
          },
        ]
  }
  const ports = [
    { name: 'thermostats', host: config.serverHost, port: config.serverPort, env: 'SERVER_PORT' },
    {
      name: 'control API',
      host: config.controlHost,
      port: config.controlPort,
      env: 'CONTROL_PORT',
    },
  ]
  const findings: Finding[] = []
  for (const { name, host, port, env } of ports) {
    if (port === 0) continue
    if (await world.isFree(host, port)) {
      findings.push({ check: 'port', level: 'ok', message: `${port} (${name}) is free` })
      continue
    }
    const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const info = (await world.ask(`http://${local}:${port}/info`)) ?? {}
    const health = (await world.ask(`http://${local}:${port}/health`)) ?? {}
    const who =
      health.server === 'nle'
        ? 'an nle server with another database'
        : info.server === 'nolongerevil' || health.status === 'ok'
          ? 'another server for thermostats; the existing one, perhaps'
          : 'another program'
    findings.push({
      check: 'port',
      level: 'problem',
      message: `${port} (${name}) is taken by ${who}`,
      mend: `Stop it ("ss -ltnp" shows which it is), or set ${env} to another port.`,
    })
  }
  return findings
}

/** Whether thermostats can reach what they are told. */
export async function checkOrigin(subject: Subject): Promise<Finding[]> {
  const { origin, running, world, config } = subject
  const url = new URL(origin.url)
  const finding = (level: Finding['level'], message: string, mend?: string): Finding[] => [
    { check: 'origin', level, message, ...(mend === undefined ? {} : { mend }) },
  ]
  if (isLoopback(url.hostname)) {
    return finding(
      'problem',
      `thermostats are told ${origin.url}, which is each of them itself`,
      'Set API_ORIGIN to this machine’s address on the home network, such as http://192.168.1.5:8000.',
    )
  }
  const isAddress = /^[\d.]+$/.test(url.hostname)
  const isOwn = world.ownAddresses().includes(url.hostname)
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
