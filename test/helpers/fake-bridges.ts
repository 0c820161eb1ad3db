import type {
  BridgeReport,
  BridgeStart,
  FromBridge,
  ToBridge,
} from '../../src/protocol/matter/messages.ts'
import type {
  BridgeProcess,
  BridgeProcessEvents,
  LaunchBridge,
} from '../../src/server/matter/bridge-process.ts'

export const REPORT: BridgeReport = {
  manualCode: '11128514311',
  qrCode: 'MT:Y.K90Q1212GR6U6VI00',
  fabrics: [],
  windowUntilMs: 0,
  thermostats: 1,
  memoryBytes: 250_000_000,
}

/** A process of the Matter bridge that does what a test says. */
export class FakeBridge implements BridgeProcess {
  readonly #events: BridgeProcessEvents
  readonly #isObliging: boolean
  readonly received: ToBridge[] = []
  report = REPORT
  hasEnded = false
  wasKilled = false

  /** @param isObliging - answers, and ends when it is told to */
  constructor(events: BridgeProcessEvents, isObliging: boolean) {
    this.#events = events
    this.#isObliging = isObliging
  }

  /** What it was told at its start. */
  get start(): BridgeStart {
    const [start] = this.received
    if (start?.type !== 'start') throw new Error('it was not started yet')
    return start
  }

  send(message: ToBridge): void {
    this.received.push(message)
    if (!this.#isObliging) return
    if (message.type === 'start') this.says({ type: 'report', ...this.report })
    if (message.type === 'stop') this.end('it was told to')
    if (message.type === 'openWindow') this.#does(message.id, { windowUntilMs: 1_760_000_900_000 })
    if (message.type === 'removeFabric') this.#does(message.id, { fabrics: [] })
  }

  kill(): void {
    this.wasKilled = true
    this.end('it was ended by SIGKILL')
  }

  says(message: FromBridge): void {
    this.#events.message(message)
  }

  end(reason: string): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.#events.ended(reason)
  }

  #does(id: number, changed: Partial<BridgeReport>): void {
    this.report = { ...this.report, ...changed }
    this.says({ type: 'report', ...this.report })
    this.says({ type: 'done', id, error: null })
  }
}

/** Every process that a server started, oldest first. */
export class FakeBridges {
  readonly all: FakeBridge[] = []
  readonly #isObliging: boolean
  /** Of processes from now on. */
  report = REPORT

  constructor({ isObliging = true } = {}) {
    this.#isObliging = isObliging
  }

  readonly launch: LaunchBridge = (events) => {
    const bridge = new FakeBridge(events, this.#isObliging)
    bridge.report = this.report
    this.all.push(bridge)
    return bridge
  }

  get last(): FakeBridge {
    const last = this.all.at(-1)
    if (last === undefined) throw new Error('no bridge was started')
    return last
  }
}
