import { type Finding, findingOf, type Subject } from './finding.ts'

/** A machine without a clock battery and a network starts long before nle existed. */
const FIRST_RELEASE_MS = Date.UTC(2025, 0, 1)
const TOLERANCE_MS = 10 * 60_000

/** Whether the clock is right: thermostats reject times that are ten minutes off (`D5`). */
export async function checkClock({ nowMs, machine, store }: Subject): Promise<Finding[]> {
  const finding = findingOf('clock')
  const mend = 'Set the time and keep it: "timedatectl set-ntp true", or chrony.'
  const said = `it says ${new Date(nowMs).toISOString()}`
  if (nowMs < FIRST_RELEASE_MS) return [finding('problem', `${said}, which cannot be`, mend)]
  const known = (await store?.thermostats()) ?? []
  const latestMs = Math.max(0, ...known.map(({ device }) => device.lastSeenAtMs))
  if (latestMs > nowMs + TOLERANCE_MS) {
    const latest = new Date(latestMs).toISOString()
    return [finding('problem', `${said}, but a thermostat called at ${latest}`, mend)]
  }
  const follows = await machine.clockFollows()
  if (follows === false) return [finding('warning', 'it does not follow the network’s time', mend)]
  return [
    follows === undefined
      ? finding('note', 'whether it follows the network’s time cannot be told here')
      : finding('ok', 'it follows the network’s time'),
  ]
}
