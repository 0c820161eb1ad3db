import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { NleError } from '../../errors.ts'
import { decidePin } from '../../protocol/pairing/decide-pairing.ts'
import { openKeyOf, type ThermostatState } from '../../protocol/thermostat/state.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'

/** Passwords of thermostats that are being paired, at most. */
const MAX_CANDIDATES = 256
/** A warning about one thermostat is logged once in this time. */
const LOG_AGAIN_MS = 60_000

interface PasswordHash {
  readonly salt: string
  readonly hash: string
}

/** How a request identifies its thermostat. */
export interface Credentials {
  readonly serial: string
  /** Undefined for a request without one. */
  readonly password: string | undefined
  /** Whether it asks for the code to show while it is being paired. */
  readonly asksForCode: boolean
}

/**
 * `--device-auth pin`: stores the hash of the password with which a thermostat asked for the code of its
 * pairing, and refuses requests under its serial with another one. Of a thermostat that was paired before,
 * the password of the next request is stored.
 */
export class DevicePinning {
  readonly #core: Pick<Core, 'store' | 'writer' | 'clock' | 'log' | 'health'>
  /** The first password of each thermostat that shows a code. */
  readonly #candidates = new Map<string, PasswordHash>()
  readonly #loggedAtMs = new Map<string, number>()

  constructor(core: Pick<Core, 'store' | 'writer' | 'clock' | 'log' | 'health'>) {
    this.#core = core
  }

  /** @throws NleError `forbidden` for a password that is not this thermostat's */
  async admit(caller: Credentials): Promise<undefined> {
    const { serial, password } = caller
    const state = await this.#core.store.load(serial)
    if (state.owner === undefined) {
      this.#admitUnpaired(caller, state)
      return undefined
    }
    const known = state.pin ?? this.#candidates.get(serial)
    if (known !== undefined && !matches(known, password)) throw this.#refusal(serial)
    if (state.pin !== undefined) return undefined
    if (password === undefined || password === '') {
      this.#warn(serial, 'thermostat has no password to remember')
      return undefined
    }
    this.#pin(serial, known ?? hashed(password))
    return undefined
  }

  /** Whether a password is the one that was remembered for this thermostat; changes nothing. */
  async hasRightPassword(serial: string, password: string | undefined): Promise<boolean> {
    const { pin } = await this.#core.store.load(serial)
    const known = pin ?? this.#candidates.get(serial)
    return known !== undefined && matches(known, password)
  }

  /** While a code is open, only the first client under a serial may ask for it again. */
  #admitUnpaired({ serial, password, asksForCode }: Credentials, state: ThermostatState): void {
    if (!asksForCode || password === undefined || password === '') return
    const first = this.#candidates.get(serial)
    const isOpen = openKeyOf(state, this.#core.clock.now().steadyMs) !== undefined
    if (first !== undefined && isOpen) {
      if (!matches(first, password)) throw this.#refusal(serial)
      return
    }
    remember(this.#candidates, serial, hashed(password), MAX_CANDIDATES)
  }

  #pin(serial: string, { salt, hash }: PasswordHash): void {
    const { writer, health } = this.#core
    writer.run(
      serial,
      (input) => decidePin(input, { salt, hash, pinnedAtMs: Math.floor(input.now.wallMs) }),
      () => this.#candidates.delete(serial),
      (error) => health.complain('password not remembered', error, { serial }),
    )
  }

  #refusal(serial: string): NleError {
    this.#warn(serial, 'somebody with another password says to be this thermostat')
    return new NleError('forbidden', 'Another password was remembered for this thermostat.')
  }

  #warn(serial: string, what: string): void {
    const { steadyMs } = this.#core.clock.now()
    const atMs = this.#loggedAtMs.get(serial)
    if (atMs !== undefined && steadyMs - atMs < LOG_AGAIN_MS) return
    remember(this.#loggedAtMs, serial, steadyMs, MAX_CANDIDATES)
    this.#core.log.warn(what, { serial })
  }
}

/** A machine makes the passwords of thermostats, long ones: a salt is enough against precomputed lists. */
function hashed(password: string, salt = randomBytes(16).toString('hex')): PasswordHash {
  return { salt, hash: createHmac('sha256', salt).update(password).digest('hex') }
}

function matches(known: PasswordHash, password: string | undefined): boolean {
  const asked = Buffer.from(hashed(password ?? '', known.salt).hash, 'hex')
  const isSame = timingSafeEqual(asked, Buffer.from(known.hash, 'hex'))
  return isSame && password !== undefined
}
