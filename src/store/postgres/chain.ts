import { NleError } from '../../errors.ts'
import type { Decision } from '../../protocol/thermostat/decision.ts'
import { isEmpty } from '../../protocol/thermostat/decision.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import { NetWrites } from './net-writes.ts'
import type { VersionedState } from './states.ts'

/** A request whose decision has to be made and written. */
export interface PendingDecision {
  readonly serial: string
  readonly decide: (state: ThermostatState, nextChangeId: number) => Decision<unknown>
  readonly done: (decision: Decision<unknown>) => void
  readonly failed: (error: unknown) => void
  /** When it is given up, on the steady clock. */
  readonly untilMs: number
  /** How often somebody else was first. */
  conflicts: number
  /** Whether it has to be written without others. */
  isAlone: boolean
}

/** No change on file has such an id; decisions that add changes are made again with ids of their own. */
const PROBE_ID = 2 ** 50

type Outcome =
  | { readonly waiting: PendingDecision; readonly decision: Decision<unknown> }
  | { readonly waiting: PendingDecision; readonly error: unknown }

/**
 * The decisions about one thermostat that are written together: each is made on the state that the one before it
 * leaves.
 */
export class Chain {
  readonly serial: string
  readonly #loaded: VersionedState
  readonly #waiting: readonly PendingDecision[]
  #outcomes: Outcome[] = []
  #net: NetWrites
  #left: readonly PendingDecision[] = []
  #addedChanges = 0

  constructor(loaded: VersionedState, waiting: readonly PendingDecision[]) {
    this.serial = loaded.serial
    this.#loaded = loaded
    this.#waiting = waiting
    this.#net = this.#decide(PROBE_ID)
  }

  /** How many ids its new changes need. */
  get addedChanges(): number {
    return this.#addedChanges
  }

  get net(): NetWrites {
    return this.#net
  }

  get writes(): boolean {
    return this.#outcomes.some((each) => 'decision' in each && !isEmpty(each.decision.writes))
  }

  /** Those that nothing was decided about yet: they follow the removal of the thermostat. */
  get left(): readonly PendingDecision[] {
    return this.#left
  }

  /** Those that were decided about. */
  get decided(): readonly PendingDecision[] {
    return this.#outcomes.map(({ waiting }) => waiting)
  }

  /** Decides again, with ids from this one on. */
  useIds(firstId: number): void {
    this.#net = this.#decide(firstId)
  }

  /** Answers everybody: all is on disk. */
  finish(): void {
    for (const outcome of this.#outcomes) {
      const { waiting } = outcome
      if ('decision' in outcome) waiting.done(outcome.decision)
      else waiting.failed(outcome.error)
    }
  }

  #decide(firstId: number): NetWrites {
    const { serial, version } = this.#loaded
    let { state } = this.#loaded
    const net = new NetWrites(serial, version, state)
    this.#outcomes = []
    let nextId = firstId
    for (const [index, waiting] of this.#waiting.entries()) {
      try {
        const decision = waiting.decide(state, nextId)
        if (!isEmpty(decision.writes)) {
          refuseUnknown(decision.state, decision.writes.device === null)
          net.add(decision.writes, decision.state)
        }
        state = decision.state
        nextId = Math.max(nextId, ...decision.writes.changes.map(({ id }) => id + 1))
        this.#outcomes.push({ waiting, decision })
      } catch (error) {
        this.#outcomes.push({ waiting, error })
      }
      if (net.isRemoved) {
        this.#left = this.#waiting.slice(index + 1)
        break
      }
    }
    this.#addedChanges = nextId - firstId
    return net
  }
}

function refuseUnknown({ device, serial }: ThermostatState, isRemoved: boolean): void {
  if (isRemoved || device !== undefined) return
  throw new NleError('store', `Thermostat ${serial} is not on file, so nothing of it can be kept.`)
}
