import { isPairedAnew, PAIRED_ANEW, pinningOf } from '../../protocol/pairing/password-rules.ts'
import { nameOf } from '../../protocol/view/view-of.ts'
import { inTurns } from '../core/turns.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const DAY_MS = 86_400_000

/** Which thermostats are safe to pin, and under which serial several passwords are used. */
export async function checkPinning(subject: Subject): Promise<Finding[]> {
  const { config, nowMs, steadyMs, store } = subject
  if (store === undefined) return []
  const pinsAll = config.deviceAuth === 'pin'
  // Little is kept of each, because all of all thermostats can be much.
  const known = await inTurns(await store.serials(), async (serial) => {
    const state = await store.load(serial)
    const pinning = pinningOf(state, pinsAll)
    const otherSeenAtMs = state.password?.otherSeenAtMs ?? 0
    return {
      name: nameOf(state, nowMs),
      isReady: pinning === 'ready',
      isMixed: pinning === 'watched' && nowMs - otherSeenAtMs < DAY_MS,
      isAnew: isPairedAnew(state, steadyMs),
    }
  })
  const names = (of: typeof known): string => of.map(({ name }) => name).join(', ')
  const [ready, mixed, anew] = [
    known.filter(({ isReady }) => isReady),
    known.filter(({ isMixed }) => isMixed),
    known.filter(({ isAnew }) => isAnew),
  ]
  const finding = findingOf('passwords')
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
