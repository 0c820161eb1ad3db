import { type Finding, findingOf, type Subject } from './finding.ts'

/** About 200 MB are usual. */
const MUCH_MEMORY_BYTES = 400_000_000

/** Whether apps can find the Matter bridge; no finding while it is off. */
export async function checkMatter({
  live,
  machine,
}: Pick<Subject, 'live' | 'machine'>): Promise<Finding[]> {
  const matter = live?.matter
  if (matter?.on !== true) return []
  const finding = findingOf('matter')
  const { running, port, last_error: error, thermostats, fabrics, memory_bytes: memory } = matter
  const findings: Finding[] = []
  if (running !== true) findings.push(notRunning(String(error ?? ''), Number(port)))
  const named = matter.interface ?? machine.lan()?.interfaceName
  if (typeof named === 'string') {
    if (!machine.hasIpv6(named)) {
      findings.push(
        finding(
          'problem',
          `${named} has no IPv6, and Matter uses nothing else`,
          'Switch IPv6 on for it (net.ipv6.conf.…disable_ipv6=0); link-local addresses are enough. Or name another interface with MATTER_INTERFACE.',
        ),
      )
    } else if ((await machine.hearsMulticast(named)) === false) {
      findings.push(
        finding(
          'problem',
          `multicast is blocked on ${named}, so no app finds the bridge`,
          'Let UDP 5353 in and out in the firewall of this machine; a container needs the network of its host.',
        ),
      )
    }
  }
  if (typeof memory === 'number' && memory > MUCH_MEMORY_BYTES) {
    const mend = '"nle matter off" and "on" start it anew; please report it.'
    findings.push(
      finding('warning', `the bridge takes ${Math.round(memory / 1e6)} MB, twice the usual`, mend),
    )
  }
  if (findings.length > 0) return findings
  const apps = Array.isArray(fabrics) ? fabrics.length : 0
  const shown = `${thermostats} thermostat${thermostats === 1 ? '' : 's'}`
  return [finding('ok', `on the network with ${shown}; ${apps} app${apps === 1 ? '' : 's'} paired`)]
}

function notRunning(error: string, port: number): Finding {
  const finding = findingOf('matter')
  if (/already in use|EADDRINUSE/.test(error)) {
    return finding(
      'problem',
      `UDP port ${port} is taken by another program`,
      'Stop it ("ss -lunp" shows which it is: another Matter bridge, perhaps), or set MATTER_PORT to another port.',
    )
  }
  if (error === '') return finding('note', 'the bridge is starting')
  return finding(
    'problem',
    `the bridge ended: ${error}`,
    'It is started again by itself; the log of the server tells more. Thermostats do not depend on it.',
  )
}
