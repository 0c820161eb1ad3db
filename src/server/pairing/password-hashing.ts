import type { Socket } from 'node:net'
import { basicCredentials, serialOfUserId } from '../../protocol/identity.ts'
import {
  isSameHash,
  type PasswordHash,
  type PresentedPassword,
} from '../../protocol/pairing/password.ts'
import { nodeCrypto } from '../core/node-modules.ts'

/** What a header `Authorization` shows; both undefined for one that shows nothing. */
export interface ShownCredentials {
  readonly serial: string | undefined
  readonly password: PresentedPassword | undefined
}

const SHOWS_NOTHING: ShownCredentials = { serial: undefined, password: undefined }

/** A thermostat sends the same header with every request, and keeps its connection. */
const onConnections = new WeakMap<Socket, { header: string; shown: ShownCredentials }>()

/** The credentials of a request; those that come again on their connection are not read and hashed again. */
export function credentialsOn(socket: Socket, header: string | undefined): ShownCredentials {
  if (header === undefined) return SHOWS_NOTHING
  const before = onConnections.get(socket)
  if (before?.header === header) return before.shown
  const { userId, password } = basicCredentials(header) ?? {}
  const shown = { serial: serialOfUserId(userId), password: presentedPassword(password) }
  onConnections.set(socket, { header, shown })
  return shown
}

/** The password of a request; undefined for a request without one, or with an empty one. */
export function presentedPassword(text: string | undefined): PresentedPassword | undefined {
  if (text === undefined || text === '') return undefined
  let made: PasswordHash | undefined
  /** Several rules ask about the same known password, with each request. */
  let latest: { readonly known: PasswordHash; readonly matches: boolean } | undefined
  return {
    matches(known) {
      if (latest === undefined || !isSameHash(latest.known, known)) {
        const asked = Buffer.from(hashed(text, known.salt).hash, 'hex')
        const expected = Buffer.from(known.hash, 'hex')
        const matches =
          asked.length === expected.length && nodeCrypto().timingSafeEqual(asked, expected)
        latest = { known, matches }
      }
      return latest.matches
    },
    hash() {
      made ??= hashed(text, nodeCrypto().randomBytes(16).toString('hex'))
      return made
    },
  }
}

/** A machine makes the passwords of thermostats, long ones: a salt is enough against precomputed lists. */
function hashed(password: string, salt: string): PasswordHash {
  return { salt, hash: nodeCrypto().createHmac('sha256', salt).update(password).digest('hex') }
}
