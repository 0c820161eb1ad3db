import type { ServiceHost } from './host.ts'
import { mustRun } from './systemctl.ts'
import { UNIT_NAME } from './unit.ts'

/** The properties that `systemctl show` is asked for. */
export const STATE_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'MainPID',
  'MemoryCurrent',
  'NRestarts',
  'ActiveEnterTimestamp',
  'StatusText',
] as const

/** The state of the service as systemd knows it. */
export interface ServiceState {
  readonly installed: boolean
  /** systemd's word: active, inactive, failed, activating … */
  readonly active: string
  /** Starts at boot. */
  readonly enabled: boolean
  readonly pid: number | null
  readonly memoryBytes: number | null
  readonly restarts: number
  /** systemd's own wording, empty when it never ran. */
  readonly since: string
  /** What nle last told systemd about itself. */
  readonly status: string
}

/** Asks systemd for the state of the service. */
export async function serviceState(host: ServiceHost): Promise<ServiceState> {
  return parseServiceState(
    await mustRun(host, 'show', UNIT_NAME, `--property=${STATE_PROPERTIES.join(',')}`),
  )
}

/** Reads the `NAME=value` lines of `systemctl show`. */
export function parseServiceState(shown: string): ServiceState {
  const values = new Map<string, string>()
  for (const line of shown.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1))
  }
  const text = (name: (typeof STATE_PROPERTIES)[number]) => values.get(name) ?? ''
  // "[not set]", and 2^64-1 where the kernel does not count, are not numbers of anything.
  const count = (name: (typeof STATE_PROPERTIES)[number]) => {
    const value = text(name)
    return /^\d{1,15}$/.test(value) ? Number(value) : null
  }
  return {
    installed: text('LoadState') === 'loaded',
    active: text('ActiveState'),
    enabled: text('UnitFileState') === 'enabled',
    pid: count('MainPID') || null,
    memoryBytes: count('MemoryCurrent'),
    restarts: count('NRestarts') ?? 0,
    since: text('ActiveEnterTimestamp'),
    status: text('StatusText'),
  }
}

/** The state in words. */
export function describeService(state: ServiceState): string {
  if (!state.installed) {
    return 'The service is not installed. Install it with "sudo nle service install".'
  }
  const boot = state.enabled ? 'starts at boot' : 'does not start at boot'
  if (state.active !== 'active') {
    return (
      `The service is ${state.active}; it ${boot}.\n` +
      'Start it with "sudo systemctl start nle"; its log is in "journalctl -u nle -e".'
    )
  }
  const lines = [`The service is running since ${state.since}; it ${boot}.`]
  if (state.status !== '') lines.push(state.status)
  const facts = [
    state.pid === null ? undefined : `process ${state.pid}`,
    state.memoryBytes === null
      ? undefined
      : `${Math.round(state.memoryBytes / 1024 / 1024)} MiB of memory`,
    state.restarts === 0 ? undefined : `restarted ${state.restarts} times after a failure`,
  ].filter((fact) => fact !== undefined)
  if (facts.length > 0) lines.push(facts.join(', '))
  return lines.join('\n')
}
