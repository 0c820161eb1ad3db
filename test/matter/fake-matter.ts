import type { BridgeWorld } from '../../src/matter/bridged-thermostat.ts'
import type { Part, PartKind, Wrote } from '../../src/matter/part.ts'
import type { BridgedStatus } from '../../src/protocol/matter/bridged-status.ts'
import type { WantedCommand } from '../../src/protocol/matter/wanted-commands.ts'
import { ManualTimers } from '../../src/virtual/index.ts'
import { NOW_MS } from '../protocol/matter/statuses.ts'

/** A part as controllers see it. */
export interface FakePart extends Part {
  readonly kind: PartKind
  /** Every status it was shown with. */
  readonly shown: BridgedStatus[]
  /** Writes as a controller does. */
  readonly wrote: Wrote
}

/** Matter and nle, both as a test says, on a clock that only the test moves. */
export class FakeMatter {
  readonly timers = new ManualTimers(NOW_MS)
  readonly parts = new Set<FakePart>()
  readonly commands: WantedCommand[] = []
  readonly warnings: string[] = []
  /** What nle answers to a question for the status. */
  now: BridgedStatus
  /** Why nle refuses every command. */
  refusal: string | undefined
  /** Why no part can be added. */
  failure: string | undefined
  #held: Promise<void> = Promise.resolve()

  constructor(now: BridgedStatus) {
    this.now = now
  }

  readonly world: BridgeWorld = {
    api: {
      devices: async () => [this.now],
      status: async () => this.now,
      command: async (_serial, wanted) => {
        if (this.refusal !== undefined) throw new Error(this.refusal)
        this.commands.push(wanted)
        await this.#held
      },
      async *events() {},
    },
    host: {
      add: async (kind, _status, _features, wrote) => {
        if (this.failure !== undefined) throw new Error(this.failure)
        const part: FakePart = {
          kind,
          wrote,
          shown: [],
          show: async (status) => void part.shown.push(status),
          remove: async () => void this.parts.delete(part),
        }
        this.parts.add(part)
        return part
      },
    },
    timers: {
      nowMs: () => this.timers.nowMs(),
      setTimer: (ms, fire) => this.timers.setTimer(fire, ms),
      clearTimer: (timer) => this.timers.clearTimer(timer),
    },
    warn: (event, text) => void this.warnings.push(`${event}: ${text}`),
  }

  /** The kinds of all parts, oldest first. */
  get kinds(): PartKind[] {
    return [...this.parts].map(({ kind }) => kind)
  }

  part(kind: PartKind): FakePart {
    const part = [...this.parts].find((each) => each.kind === kind)
    if (part === undefined) throw new Error(`there is no ${kind}`)
    return part
  }

  /** Commands are not answered until the returned function is called. */
  holdCommands(): () => void {
    let release = (): void => {}
    this.#held = new Promise((resolve) => {
      release = resolve
    })
    return release
  }
}

/** Lets promises that wait for nothing else go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
