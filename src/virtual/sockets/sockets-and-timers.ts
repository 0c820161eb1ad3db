import type { DeviceRequest } from '../signals/effects.ts'
import type { FirmwareHappening } from '../signals/firmware-events.ts'
import type { Timers } from '../timers.ts'
import { type Abort, exchange } from './exchange.ts'
import type { ResponsePart } from './response-reader.ts'

/** The sockets and timers of one thermostat: carries out effects and reports what happens. */
export class SocketsAndTimers {
  readonly #timers: Timers
  readonly #happen: (happening: FirmwareHappening) => void
  readonly #aborts = new Map<number, Abort>()
  readonly #armed = new Map<string, unknown>()

  constructor(timers: Timers, happen: (happening: FirmwareHappening) => void) {
    this.#timers = timers
    this.#happen = happen
  }

  /** Closes every connection and clears every timer. */
  stop(): void {
    for (const abort of this.#aborts.values()) abort()
    this.#aborts.clear()
    for (const handle of this.#armed.values()) this.#timers.clearTimer(handle)
    this.#armed.clear()
  }

  send(request: DeviceRequest): void {
    const report = (part: ResponsePart) => this.#answered(request.id, part)
    try {
      this.#aborts.set(request.id, exchange(request, report))
    } catch (error) {
      // No socket accepts this URL. The server named it, so it counts as a failed response.
      report({ type: 'failed', reason: error instanceof Error ? error.message : 'no connection' })
    }
  }

  abort(requestId: number): void {
    this.#aborts.get(requestId)?.()
    this.#aborts.delete(requestId)
  }

  arm(timer: string, atMs: number): void {
    this.cancel(timer)
    const fire = (): void => {
      this.#armed.delete(timer)
      this.#happen({ type: 'timerFired', timer })
    }
    this.#armed.set(timer, this.#timers.setTimer(fire, atMs - this.#timers.nowMs()))
  }

  cancel(timer: string): void {
    const handle = this.#armed.get(timer)
    if (handle === undefined) return
    this.#armed.delete(timer)
    this.#timers.clearTimer(handle)
  }

  #answered(requestId: number, part: ResponsePart): void {
    if (part.type === 'headers') {
      const { status, headers } = part
      this.#happen({ type: 'responseHeaders', requestId, status, headers })
    } else if (part.type === 'chunk') {
      this.#happen({ type: 'responseChunk', requestId, text: part.text })
    } else {
      this.#aborts.delete(requestId)
      if (part.type === 'ended') this.#happen({ type: 'responseEnded', requestId })
      else this.#happen({ type: 'responseFailed', requestId, reason: part.reason })
    }
  }
}
