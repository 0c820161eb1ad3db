import { openKeyOf, type ThermostatState } from '../thermostat/state.ts'
import { isSameHash, type PasswordHash, type PresentedPassword } from './password.ts'

/** A request as the rules on passwords see it. */
export interface Asker {
  readonly password: PresentedPassword
  /** Whether every known password counts as pinned (`DEVICE_AUTH=pin`). */
  readonly pinsAll: boolean
  /** Whether the known password was not used for two hold periods. */
  readonly knownIsSilent: boolean
}

/** How long a thermostat uses one password, and no other, before it is safe to pin. */
const SAFE_AFTER_MS = 7 * 86_400_000

/**
 * `unknown`: no password is known. `watched`: one is known, but not for a week, or another one is used too.
 * `ready`: a week with this password alone; it is safe to pin. `pinned`: any other one is refused.
 */
export type Pinning = 'unknown' | 'watched' | 'ready' | 'pinned'

export function pinningOf(
  { owner, device, password }: Pick<ThermostatState, 'owner' | 'device' | 'password'>,
  pinsAll: boolean,
): Pinning {
  if (owner === undefined || device === undefined || password === undefined) return 'unknown'
  if (pinsAll || device.isPinned) return 'pinned'
  const aloneSinceMs = Math.max(password.sinceMs, password.otherSeenAtMs ?? 0)
  return device.lastSeenAtMs - aloneSinceMs >= SAFE_AFTER_MS ? 'ready' : 'watched'
}

/** Whether requests with another password than the known one are refused. */
export function isPinned({ device }: Pick<ThermostatState, 'device'>, pinsAll: boolean): boolean {
  return pinsAll || device?.isPinned === true
}

/**
 * The hash to remember of a request's password: one that is on file for it already, so that hashes of one
 * password are equal. Null for a request without a password.
 */
export function hashToRemember(
  { password: known, entryKeys }: Pick<ThermostatState, 'password' | 'entryKeys'>,
  presented: PresentedPassword,
): PasswordHash | null {
  const onFile = [known, ...entryKeys.map(({ asker }) => asker)]
  const found = onFile.find((each) => each != null && presented.matches(each))
  const { salt, hash } = found ?? presented.hash() ?? {}
  return salt === undefined || hash === undefined ? null : { salt, hash }
}

/**
 * Why a request gets no code (`P6`). `wait`: the thermostat is paired and known by another password, which
 * is still in use. `other asker`: passwords are pinned, and another one asked for the open code first.
 */
export function codeRefusal(
  state: ThermostatState,
  { password, pinsAll, knownIsSilent }: Asker,
  steadyMs: number,
): 'wait' | 'other asker' | undefined {
  const { owner, password: known } = state
  const isOther = owner !== undefined && known !== undefined && !password.matches(known)
  if (isOther && !knownIsSilent) return 'wait'
  const asker = openKeyOf(state, steadyMs)?.asker ?? null
  if (asker === null || !isPinned(state, pinsAll) || password.matches(asker)) return undefined
  // A thermostat that was reset takes over the code that it asked for under its password of before.
  return isSameHash(asker, known) ? undefined : 'other asker'
}

/**
 * Whether a paired thermostat shows a code that was asked for with another password than the known one: it
 * was reset, or something else claims to be it.
 */
export function isPairedAnew(
  state: Pick<ThermostatState, 'owner' | 'password' | 'entryKeys'>,
  steadyMs: number,
): boolean {
  const { owner, password: known } = state
  const open = openKeyOf(state, steadyMs)
  return (
    owner !== undefined &&
    known !== undefined &&
    open !== undefined &&
    !isSameHash(open.asker, known)
  )
}

/** What people are told of a thermostat that is paired anew. */
export const PAIRED_ANEW =
  'shows a new code although it is paired: it was reset, or something else claims to be it'
