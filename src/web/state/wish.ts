import { type DialTarget, shows } from './dial-target.ts'

/** What a wish needs from outside; tests drive it. */
export interface WishWorld {
  /** Runs something later. @returns a function that calls it off */
  readonly later: (ms: number, run: () => void) => () => void
  /** Sends what is wished for. @returns whether the server took it */
  readonly send: (target: DialTarget) => Promise<boolean>
  /** Shows a wish in place of what the server says; undefined: shows again what that says. */
  readonly show: (wish: DialTarget | undefined) => void
}

/** After the last press of a button or key, ms. */
const PAUSE_MS = 400
/** An accepted wish is shown so long for lack of news from the server, ms. */
const PATIENCE_MS = 5_000

/**
 * The target that a person sets at one thermostat on this page: shown at once, sent once the hand is still,
 * and shown until the server's own status says the same, or the server refused it.
 */
export class Wish {
  readonly #world: WishWorld
  #wanted: DialTarget = {}
  /** What the server's status says. */
  #told: DialTarget = {}
  /** Something was sent, and the status has not shown it yet: what it says is no reason to send nothing. */
  #isUnsettled = false
  /** Counts the wishes, to know whether an answer is about the last one. */
  #count = 0
  #sentCount = 0
  #callOff: () => void = () => {}

  constructor(world: WishWorld) {
    this.#world = world
  }

  /**
   * @param how - `moving`: in the middle of a drag, nothing is sent. `pressed`: perhaps not the last press.
   * `done`: sent now.
   */
  turn(wanted: DialTarget, how: 'moving' | 'pressed' | 'done'): void {
    this.#callOff()
    this.#count += 1
    this.#wanted = { ...this.#wanted, ...wanted }
    this.#world.show(this.#wanted)
    if (how === 'pressed') this.#callOff = this.#world.later(PAUSE_MS, () => void this.#submit())
    if (how === 'done') void this.#submit()
  }

  /** The server's status says this. */
  hear(told: DialTarget): void {
    this.#told = told
    // A wish that is still to be sent stays, for the status may be from before the one that was sent.
    if (this.#isUnsettled && this.#sentCount === this.#count && shows(told, this.#wanted))
      this.#drop()
  }

  async #submit(): Promise<void> {
    if (!this.#isUnsettled && shows(this.#told, this.#wanted)) return this.#drop()
    const count = this.#count
    this.#sentCount = count
    this.#isUnsettled = true
    const isTaken = await this.#world.send(this.#wanted)
    if (count !== this.#count) return
    if (!isTaken || shows(this.#told, this.#wanted)) return this.#drop()
    this.#callOff = this.#world.later(PATIENCE_MS, () => this.#drop())
  }

  #drop(): void {
    this.#callOff()
    this.#count += 1
    this.#isUnsettled = false
    this.#wanted = {}
    this.#world.show(undefined)
  }
}
