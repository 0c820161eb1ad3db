import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { type BridgeIdentity, newIdentity } from '../../protocol/matter/bridge-identity.ts'
import type { Fabric, KeptChanges } from '../../protocol/matter/messages.ts'
import { MATTER, type Store } from '../../store/store.ts'
import type { Core } from '../core/core.ts'
import type { BridgeKeeper } from './bridge-keeper.ts'
import type { LaunchBridge } from './bridge-process.ts'

export interface MatterOptions {
  /** What `MATTER` says; undefined where it is not set, and what is stored counts. */
  readonly environment: boolean | undefined
  readonly port: number
  /** For mDNS; null for every network interface. */
  readonly interfaceName: string | null
  /** Of nle. */
  readonly version: string
  /** Loads what starts the process; undefined where there can be none. */
  readonly launch: (() => Promise<LaunchBridge>) | undefined
  /** A new token for the process, in the place of the one before. */
  issueToken(): string
  /** Where the process reaches the control API. */
  address(): { readonly url: string; readonly socketPath: string | null }
}

/** What is on file: whether the bridge is on, and the secrets of this installation. */
interface StoredBridge extends BridgeIdentity {
  readonly on: boolean
}

export interface MatterStatus {
  readonly on: boolean
  readonly source: 'environment' | 'store'
  readonly running: boolean
  readonly port: number
  readonly interface: string | null
  readonly fabrics: Fabric[]
  readonly window_until: string | null
  readonly thermostats: number
  readonly memory_bytes: number | null
  readonly restarts: number
  readonly last_error: string | null
}

/** What to enter in an app. */
export interface MatterCodes {
  readonly manual_code: string
  readonly qr_code: string
}

/** Apple Home, Google Home and Alexa through Matter: decides whether the bridge runs, and keeps its secrets. */
export class MatterIntegration {
  readonly #core: Core
  readonly #options: MatterOptions
  #keeper: BridgeKeeper | undefined
  #isOn = false
  /** The process begins and ends one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(core: Core, options: MatterOptions) {
    this.#core = core
    this.#options = options
  }

  /** Begins to start the bridge, if it is on; does not wait for it. */
  async start(): Promise<void> {
    // A database that was moved to PostgreSQL may have it switched on.
    if (this.#options.launch === undefined) return
    const stored = await this.#stored()
    void this.#apply(this.#options.environment ?? stored?.on ?? false)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#apply(false)
  }

  /** Switches the bridge on or off, now and after restarts. What is paired stays paired. */
  async switch(on: boolean): Promise<void> {
    if (on) this.#requireLaunch()
    await this.#store({ ...(await this.#identity()), on })
    await this.#apply(this.#options.environment ?? on)
  }

  /** Forgets every controller, and makes new codes. */
  async reset(): Promise<void> {
    await this.#inTurn(async () => {
      const wasOn = this.#isOn
      await this.#end()
      const stored = await this.#stored()
      await this.#store({ ...newIdentity(this.#core.randomInt), on: stored?.on ?? false })
      const { store, writer } = this.#core
      const gone = Object.keys(await store.matterValues()).map((name) => [name, null])
      await writer.write((store) => store.setMatterValues(Object.fromEntries(gone)))
      if (wasOn) await this.#begin()
    })
  }

  /** Lets another controller in for a while. @throws NleError `invalid` while Matter is off; `unreachable` */
  async openWindow(): Promise<void> {
    await this.#ask({ type: 'openWindow' })
  }

  /**
   * Takes a controller off.
   *
   * @param asked - its index
   * @returns its name
   * @throws NleError `not_found`; `invalid` while Matter is off; `unreachable`
   */
  async removeFabric(asked: string): Promise<string> {
    const fabric = this.status().fabrics.find(({ index }) => String(index) === asked)
    if (fabric === undefined && this.#keeper?.report !== undefined) {
      const shown = asked.slice(0, 16)
      throw new NleError('not_found', `Matter has no controller ${JSON.stringify(shown)}.`)
    }
    await this.#ask({ type: 'removeFabric', index: fabric?.index ?? 0 })
    return fabric?.name ?? ''
  }

  status(): MatterStatus {
    const { environment, port, interfaceName } = this.#options
    const keeper = this.#keeper
    const report = keeper?.report
    const untilMs = report?.windowUntilMs ?? null
    return {
      on: this.#isOn,
      source: environment === undefined ? 'store' : 'environment',
      running: report !== undefined,
      port,
      interface: interfaceName,
      fabrics: [...(report?.fabrics ?? [])],
      window_until: untilMs === null || untilMs === 0 ? null : new Date(untilMs).toISOString(),
      thermostats: report?.thermostats ?? 0,
      memory_bytes: report?.memoryBytes ?? null,
      restarts: keeper?.restarts ?? 0,
      last_error: keeper?.lastError ?? null,
    }
  }

  /** The codes while a controller may be added: until there is one, and while the window is open. */
  codes(): MatterCodes | undefined {
    const report = this.#keeper?.report
    if (report === undefined || report.windowUntilMs === null) return undefined
    return { manual_code: report.manualCode, qr_code: report.qrCode }
  }

  async #ask(asked: Parameters<BridgeKeeper['ask']>[0]): Promise<void> {
    if (this.#keeper === undefined) {
      throw new NleError('invalid', 'Matter is off. Switch it on with "nle matter on".')
    }
    const error = await this.#keeper.ask(asked)
    if (error !== null) {
      throw new NleError(
        'unreachable',
        `The Matter bridge could not do that: ${error}. Try again in a moment.`,
      )
    }
  }

  #requireLaunch(): () => Promise<LaunchBridge> {
    const { launch } = this.#options
    if (launch !== undefined) return launch
    throw new NleError(
      'invalid',
      'This server cannot start the Matter bridge, which works with a database file only.',
    )
  }

  #apply(on: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = on && !this.#stopped
      if (wanted === this.#isOn) return
      if (wanted) await this.#begin()
      else await this.#end()
    })
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(step)
    this.#turn = done.catch((error) =>
      this.#core.health.complain('Matter could not be switched', error),
    )
    return done
  }

  async #begin(): Promise<void> {
    const { clock, log } = this.#core
    // Loaded here, because most servers run without Matter.
    const launch = await this.#requireLaunch()()
    const { BridgeKeeper } = await import('./bridge-keeper.ts')
    this.#isOn = true
    this.#keeper = new BridgeKeeper({
      clock,
      log,
      launch,
      begin: () => this.#startMessage(),
      keep: (changes) => this.#keep(changes),
    })
    this.#keeper.start()
  }

  async #end(): Promise<void> {
    const keeper = this.#keeper
    this.#isOn = false
    this.#keeper = undefined
    await keeper?.stop()
  }

  async #startMessage() {
    const { port, interfaceName, version, issueToken, address } = this.#options
    const { passcode, discriminator } = await this.#identity()
    const kept = await this.#core.store.matterValues()
    const token = issueToken()
    return { ...address(), token, port, interfaceName, version, passcode, discriminator, kept }
  }

  #keep(changes: KeptChanges): Promise<void> {
    return this.#core.writer.write((store: Store) => store.setMatterValues(changes))
  }

  /** The secrets of this installation, made when they are first needed. */
  async #identity(): Promise<StoredBridge> {
    const stored = await this.#stored()
    if (stored !== undefined) return stored
    const made = { ...newIdentity(this.#core.randomInt), on: false }
    await this.#store(made)
    return made
  }

  async #stored(): Promise<StoredBridge | undefined> {
    return (await this.#core.store.integration(MATTER)) as StoredBridge | undefined
  }

  async #store(bridge: StoredBridge): Promise<void> {
    const { writer, clock } = this.#core
    const value: JsonObject = { ...bridge }
    await writer.write((store) => store.setIntegration(MATTER, value, clock.now().wallMs))
  }
}
