import type { JsonObject } from '../bucket.ts'
import type { Now } from '../now.ts'
import type { PasswordHash } from './password.ts'

// The rules of entry keys (section 3). They expire on the steady clock, which never jumps; thermostats get
// the expiry on the wall clock.

/** The device ignores a key that expires sooner than this (`P4`). */
const MIN_KEY_LEFT_MS = 30 * 60_000
/** The shortest TTL: what the device insists on, and five minutes for clocks that differ. */
export const MIN_ENTRY_KEY_TTL_S = 35 * 60

/** Without 0/O, 1/I/L, 2/Z, 5/S, 8/B: people read a code off a screen across a hallway (`P2`). */
export const ENTRY_KEY_ALPHABET = 'ACDEFGHJKMNPQRTUVWXY34679'
export const ENTRY_KEY_LENGTH = 7

export interface EntryKey {
  readonly code: string
  readonly serial: string
  /** On the steady clock, ms. */
  readonly expiresAtSteadyMs: number
  /** Wall clock, ms. */
  readonly createdAtMs: number
  /** The password of the thermostat that shows it; null for one without a password. */
  readonly asker: PasswordHash | null
  readonly claimedBy: string | null
  /** Wall clock, ms. */
  readonly claimedAtMs: number | null
}

/** The code that a person typed, as it is on file; undefined for a text that is no code (`P2`). */
export function normalizeCode(typed: string): string | undefined {
  const code = typed
    .trim()
    .toUpperCase()
    .replace(/^(.{3})-/, '$1')
  return /^[A-Z0-9]{7}$/.test(code) ? code : undefined
}

/** A code in the form that the thermostat shows: `A3X-R7M2`. */
export function displayCode(code: string): string {
  return `${code.slice(0, 3)}-${code.slice(3)}`
}

/**
 * A random code (`P2`).
 *
 * @param randomInt - uniform integer in [0, max) from a cryptographic source
 */
export function makeCode(randomInt: (max: number) => number): string {
  let code = ''
  for (let i = 0; i < ENTRY_KEY_LENGTH; i++) {
    code += ENTRY_KEY_ALPHABET[randomInt(ENTRY_KEY_ALPHABET.length)]
  }
  return code
}

/** Whether a key can be claimed. */
export function isOpen(key: EntryKey, steadyMs: number): boolean {
  return key.claimedAtMs === null && key.expiresAtSteadyMs > steadyMs
}

/**
 * What to do when the device asks for its key (`P3`, `P4`): reuse the open one, renew it when the device
 * would ignore the time left, or create one.
 */
export function keyDecision(
  openKey: EntryKey | undefined,
  steadyMs: number,
): 'reuse' | 'renew' | 'create' {
  if (openKey === undefined || !isOpen(openKey, steadyMs)) return 'create'
  return openKey.expiresAtSteadyMs - steadyMs < MIN_KEY_LEFT_MS ? 'renew' : 'reuse'
}

/** When a key created or renewed now expires, on the steady clock. */
export function keyExpiry(steadyMs: number, ttlSeconds: number): number {
  return steadyMs + Math.max(ttlSeconds, MIN_ENTRY_KEY_TTL_S) * 1000
}

/**
 * The expiry for the device: wall clock, ms, a whole number (`P1`). The difference of the clocks is
 * rounded to a second, because the two are not read at the same instant, and the same key must have the
 * same expiry each time (`P3`).
 */
export function wireExpiry(key: EntryKey, now: Now): number {
  const aheadMs = Math.round((now.wallMs - now.steadyMs) / 1000) * 1000
  return Math.floor(key.expiresAtSteadyMs) + aheadMs
}

/** The answer of `/nest/passphrase/status` (`P7`). */
export function passphraseStatus(
  { claimed, open }: { claimed: EntryKey | undefined; open: EntryKey | undefined },
  now: Now,
): JsonObject {
  if (claimed !== undefined) {
    return {
      status: 'claimed',
      claimed: true,
      claimedBy: claimed.claimedBy,
      claimedAt: claimed.claimedAtMs,
    }
  }
  if (open !== undefined && isOpen(open, now.steadyMs)) {
    return { status: 'pending', claimed: false, expiresAt: wireExpiry(open, now) }
  }
  return { status: 'no_key', claimed: false, message: 'No entry key found for this device' }
}

/** Why a code cannot be claimed; undefined when it can. */
export function claimRefusal(
  key: EntryKey | undefined,
  steadyMs: number,
): 'unknown' | 'claimed' | 'expired' | undefined {
  if (key === undefined) return 'unknown'
  if (key.claimedAtMs !== null) return 'claimed'
  return key.expiresAtSteadyMs <= steadyMs ? 'expired' : undefined
}
