import {
  isPairedAnew,
  PAIRED_ANEW,
  type Pinning,
  pinningOf,
} from '../../protocol/pairing/password-rules.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import { nameOf } from '../../protocol/view/view-of.ts'
import type { Store } from '../../store/store.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const DAY_MS = 86_400_000

/** Which thermostats are safe to pin, and under which serial several passwords are used. */
export async function checkPinning(subject: Subject, store: Store): Promise<Finding[]> {
  const { config, status, nowMs } = subject
  const known = await store.thermostats()
  const states = await Promise.all(known.map(({ serial }) => store.load(serial)))
  const pinsAll = config.deviceAuth === 'pin'
  const names = (of: readonly ThermostatState[]): string =>
    of.map((state) => nameOf(state, nowMs)).join(', ')
  // A running server knows its own DEVICE_AUTH.
  const pinning = (state: ThermostatState): unknown =>
    status?.find(({ serial }) => serial === state.serial)?.pinning ?? pinningOf(state, pinsAll)
  const of = (which: Pinning) => states.filter((state) => pinning(state) === which)
  const finding = findingOf('passwords')
  const ready = of('ready')
  const mixed = of('watched').filter(
    ({ password }) => nowMs - (password?.otherSeenAtMs ?? 0) < DAY_MS,
  )
  // The steady clock of a process starts as the wall clock.
  const anew = states.filter((state) => isPairedAnew(state, nowMs))
  return [
    ...(anew.length > 0
      ? [
          finding(
            'warning',
            `${names(anew)} ${PAIRED_ANEW}`,
            'If you reset it, type its code at "nle pair". If not, let the code expire.',
          ),
        ]
      : []),
    ...(mixed.length > 0
      ? [
          finding(
            'warning',
            `${names(mixed)}: requests came with different passwords, or with none, within a day`,
            'Right after a reset that is as it should be. Else something else claims to be that thermostat: "nle pin <device>" refuses it.',
          ),
        ]
      : []),
    ...(ready.length > 0
      ? [
          finding(
            'note',
            `${names(ready)}: one password for a week, and no other: safe to pin`,
            'nle pin --all',
          ),
        ]
      : []),
  ]
}
