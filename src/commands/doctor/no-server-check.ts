import type { Config } from '../../config.ts'
import { isUnspecified } from '../../protocol/lan/addresses.ts'
import { type Finding, findingOf, type Subject } from '../../server/doctor/finding.ts'
import type { Machine } from '../../server/doctor/machine.ts'

/** That no server runs: a problem once a thermostat is paired. */
export async function checkNoServer({ store }: Subject): Promise<Finding[]> {
  const finding = findingOf('server')
  if (((await store?.countPaired()) ?? 0) === 0) return [finding('note', 'none runs')]
  return [
    finding(
      'problem',
      'none runs; thermostats keep their own schedule until one does',
      'Start it: "sudo systemctl start nle", or "nle serve".',
    ),
  ]
}

/** The ports that a server started here would need. */
export async function checkPorts({
  config,
  machine,
}: {
  readonly config: Config
  readonly machine: Machine
}): Promise<Finding[]> {
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
    if (await machine.isFree(host, port)) {
      findings.push(finding('ok', `${port} (${name}) is free`))
      continue
    }
    const local = isUnspecified(host) ? '127.0.0.1' : host
    const url = `http://${local}:${port}`
    const info = (await machine.ask(`${url}/info`)) ?? {}
    const health = (await machine.ask(`${url}/health`)) ?? {}
    if (health.server === 'nle') {
      const mend = `"nle doctor --server ${url}" checks that one. A second server beside it needs another ${env}.`
      findings.push(finding('problem', `${port} (${name}) has another nle server`, mend))
      continue
    }
    const who =
      info.server === 'nolongerevil' || health.status === 'ok'
        ? 'another server for thermostats: the existing one, or another nle'
        : 'another program'
    const mend = `"ss -ltnp" shows which it is. Set ${env} to another port, or end it if you do not need it.`
    findings.push(finding('problem', `${port} (${name}) is taken by ${who}`, mend))
  }
  return findings
}
