import type { Now } from '../now.ts'

/** A password as it is on file. */
export interface PasswordHash {
  /** Hex. */
  readonly salt: string
  /** HMAC-SHA-256 of the password under the salt, hex. */
  readonly hash: string
}

/** The password that a paired thermostat is known by. Times are wall clock, ms. */
export interface KnownPassword extends PasswordHash {
  /** When it was first used. */
  readonly sinceMs: number
  /** When a request under this serial last came with another password or none, to the hour; null for never. */
  readonly otherSeenAtMs: number | null
}

/** The password of a request. The server keeps the text, and does the cryptography. */
export interface PresentedPassword {
  matches(known: PasswordHash): boolean
  /** A hash of it to remember; undefined for a request without a password. */
  hash(): PasswordHash | undefined
}

export const NO_PASSWORD: PresentedPassword = { matches: () => false, hash: () => undefined }

export function isSameHash(one: PasswordHash | null, other: PasswordHash | undefined): boolean {
  return one !== null && one.hash === other?.hash && one.salt === other.salt
}

/** A password that is used for the first time now. */
export function firstUsed({ salt, hash }: PasswordHash, { wallMs }: Now): KnownPassword {
  return { salt, hash, sinceMs: Math.floor(wallMs), otherSeenAtMs: null }
}
