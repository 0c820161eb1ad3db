import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { NleError } from '../../errors.ts'
import { decidePin } from '../../protocol/pairing/decide-pairing.ts'
import { openKeyOf, type ThermostatState } from '../../protocol/thermostat/state.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'

/** Thermostats that are being paired, at most. */
const MAX_CANDIDATES = 256
/** A complaint about one thermostat is logged once in this time. */
const LOG_AGAIN_MS = 60_000

interface PasswordHash {
  readonly salt: string
  readonly hash: string
}

/** A request of a thermostat, as far as it says who it is. */
export interface Credentials {
  readonly serial: string
  /** Undefined when it named itself without one. */
  readonly password: string | undefined
  /** It asks for the code that it shows while it is being paired. */
  readonly asksForCode: boolean
}

/**
 * `--device-auth pin`: the password with which a thermostat asked for the code that paired it is
 * remembered, hashed, and whoever comes with another one under its serial is refused. One that was
 * paired before is remembered when it calls next.
 */
export class DevicePinning {
  readonly #core: Pick<Core, 'store' | 'writer' | 'clock' | 'log' | 'health'>
  /** What thermostats that show a code came with; whoever was first. */
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
      this.#complain(serial, 'thermostat has no password to remember')
      return undefined
    }
    this.#pin(serial, known ?? hashed(password))
    return undefined
  }

  /** Two that ask for a code under one serial cannot both be it. */
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
    this.#complain(serial, 'somebody with another password says to be this thermostat')
    return new NleError('forbidden', 'Another password was remembered for this thermostat.')
  }

  #complain(serial: string, what: string): void {
    const { steadyMs } = this.#core.clock.now()
    const atMs = this.#loggedAtMs.get(serial)
    if (atMs !== undefined && steadyMs - atMs < LOG_AGAIN_MS) return
    remember(this.#loggedAtMs, serial, steadyMs, MAX_CANDIDATES)
    this.#core.log.warn(what, { serial })
  }
}

/** Thermostats' passwords are made by machines and long: a salt is enough against lists of them. */
function hashed(password: string, salt = randomBytes(16).toString('hex')): PasswordHash {
  return { salt, hash: createHmac('sha256', salt).update(password).digest('hex') }
}

function matches(known: PasswordHash, password: string | undefined): boolean {
  const asked = Buffer.from(hashed(password ?? '', known.salt).hash, 'hex')
  const isSame = timingSafeEqual(asked, Buffer.from(known.hash, 'hex'))
  return isSame && password !== undefined
}
