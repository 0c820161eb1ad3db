import type { Socket } from 'node:net'
import type { PasswordHash, PresentedPassword } from '../../protocol/pairing/password.ts'
import { nodeCrypto } from '../core/node-modules.ts'

interface Presented {
  readonly text: string
  readonly password: PresentedPassword | undefined
}

/** A thermostat sends its password with every request, and keeps its connection. */
const onConnections = new WeakMap<Socket, Presented>()

/** As `presentedPassword`; one that comes again on its connection is not hashed again. */
export function passwordOn(socket: Socket, text = ''): PresentedPassword | undefined {
  const before = onConnections.get(socket)
  if (before?.text === text) return before.password
  const password = presentedPassword(text)
  onConnections.set(socket, { text, password })
  return password
}

/** The password of a request; undefined for a request without one, or with an empty one. */
export function presentedPassword(text: string | undefined): PresentedPassword | undefined {
  if (text === undefined || text === '') return undefined
  let made: PasswordHash | undefined
  /** Several rules ask about the same known password, and hashing is most of what they cost. */
  let underItsSalt: PasswordHash | undefined
  return {
    matches(known) {
      if (underItsSalt?.salt !== known.salt) underItsSalt = hashed(text, known.salt)
      const asked = Buffer.from(underItsSalt.hash, 'hex')
      const expected = Buffer.from(known.hash, 'hex')
      return asked.length === expected.length && nodeCrypto().timingSafeEqual(asked, expected)
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
