import { type BridgedStatus, type Features, featuresOf } from '../protocol/matter/bridged-status.ts'
import { nextEndMs } from '../protocol/matter/switches.ts'
import { type Written, wantedCommands } from '../protocol/matter/wanted-commands.ts'
import { type Burst, completed, dueAtMs, joined } from '../protocol/matter/write-burst.ts'
import type { BridgeTimers } from './bridge-timers.ts'
import type { NleApi } from './nle-api.ts'
import type { Part, PartHost, PartKind } from './part.ts'

/** What a bridged thermostat works with. */
export interface BridgeWorld {
  readonly api: NleApi
  readonly host: PartHost
  readonly timers: BridgeTimers
  warn(event: string, text: string): void
}

/** The longest time that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** One thermostat that controllers see: shows its status, and turns what they write into commands. */
export class BridgedThermostat {
  readonly #world: BridgeWorld
  readonly #parts = new Map<PartKind, Part>()
  #status: BridgedStatus
  #features: Features
  /** Writes that are not a command yet, and the ones before. */
  #burst: Burst | undefined
  #before: Burst | undefined
  #burstTimer: unknown
  #endTimer: unknown
  #isSending = false
  /** What is shown follows one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #isGone = false

  constructor(world: BridgeWorld, status: BridgedStatus) {
    this.#world = world
    this.#status = status
    this.#features = featuresOf(status)
  }

  /** Shows a status; resolves once controllers can see it. */
  show(status: BridgedStatus): Promise<void> {
    this.#status = status
    this.#turn = this.#turn.then(() => this.#shown()).catch((error) => this.#failed(error))
    return this.#turn
  }

  /** Takes it away from controllers. */
  async remove(): Promise<void> {
    this.#isGone = true
    this.#world.timers.clearTimer(this.#burstTimer)
    this.#world.timers.clearTimer(this.#endTimer)
    await this.#turn
    for (const part of this.#parts.values()) await part.remove()
    this.#parts.clear()
  }

  async #shown(): Promise<void> {
    // A status from before a write would set back for a moment what a person sees on the phone.
    if (this.#isGone || this.#burst !== undefined || this.#isSending) return
    const status = this.#status
    await this.#arrangeParts(status)
    for (const part of this.#parts.values()) await part.show(status)
    this.#watchEnd(status)
  }

  async #arrangeParts(status: BridgedStatus): Promise<void> {
    const told = featuresOf(status)
    // A sensor that says nothing for a while is still there.
    const features = { ...told, humidity: told.humidity || this.#features.humidity }
    const before = this.#features
    const isAnother = features.heating !== before.heating || features.cooling !== before.cooling
    this.#features = features
    const wanted = kindsOf(features)
    for (const [kind, part] of this.#parts) {
      if (wanted.includes(kind) && !(kind === 'thermostat' && isAnother)) continue
      await part.remove()
      this.#parts.delete(kind)
    }
    for (const kind of wanted) {
      if (this.#parts.has(kind)) continue
      const wrote = (written: Written): void => this.#wrote(written)
      this.#parts.set(kind, await this.#world.host.add(kind, status, features, wrote))
    }
  }

  /** A timer of the thermostat ends although the thermostat says nothing. */
  #watchEnd(status: BridgedStatus): void {
    const { timers } = this.#world
    timers.clearTimer(this.#endTimer)
    const endMs = nextEndMs(status, timers.nowMs())
    if (endMs === undefined) return
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, endMs - timers.nowMs()))
    this.#endTimer = timers.setTimer(waitMs, () => void this.#readAgain())
  }

  #wrote(written: Written): void {
    if (this.#isGone) return
    const { timers } = this.#world
    const nowMs = timers.nowMs()
    this.#burst = joined(this.#burst, written, nowMs)
    timers.clearTimer(this.#burstTimer)
    const waitMs = Math.max(0, dueAtMs(this.#burst) - nowMs)
    this.#burstTimer = timers.setTimer(waitMs, () => void this.#send())
  }

  async #send(): Promise<void> {
    const burst = this.#burst
    // What comes while commands are sent waits for them.
    if (burst === undefined || this.#isSending || this.#isGone) return
    this.#burst = undefined
    this.#isSending = true
    const written = completed(burst, this.#before)
    this.#before = burst
    const { api, timers, warn } = this.#world
    const { serial } = this.#status
    const nowMs = timers.nowMs()
    try {
      for (const wanted of wantedCommands(written, this.#status, this.#features, nowMs)) {
        await api.command(serial, wanted)
      }
    } catch (error) {
      warn('a command from Matter was refused', `${serial}: ${textOf(error)}`)
    }
    this.#isSending = false
    // Also after a refusal: controllers see the old value again.
    await this.#readAgain()
    if (this.#burst !== undefined) void this.#send()
  }

  async #readAgain(): Promise<void> {
    if (this.#isGone) return
    try {
      await this.show(await this.#world.api.status(this.#status.serial))
    } catch {
      // The event stream tells of the thermostat as soon as nle answers again.
      await this.show(this.#status)
    }
  }

  #failed(error: unknown): void {
    this.#world.warn(
      'a thermostat could not be shown to Matter',
      `${this.#status.serial}: ${textOf(error)}`,
    )
  }
}

function kindsOf({ humidity, fan, hotWater }: Features): PartKind[] {
  return [
    'thermostat',
    ...(humidity ? (['humidity'] as const) : []),
    ...(fan ? (['fan'] as const) : []),
    ...(hotWater ? (['hotWater'] as const) : []),
  ]
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
