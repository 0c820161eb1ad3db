import {
  createProfile,
  type DeviceRequest,
  type Effect,
  Firmware,
  type FirmwareHappening,
  type Note,
  type ProfileOptions,
  type Violation,
} from '../../src/virtual/index.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import type { Answer } from './sim-routes.ts'

/** The faults of the network, as probabilities and times. */
export interface Weather {
  /** A request or its whole answer is lost, and the device waits until its timeout. */
  readonly loss: number
  /** A request arrives twice. */
  readonly duplicate: number
  /** A connection breaks while a chunk is written. */
  readonly reset: number
  /** The longest delay of one message, ms. */
  readonly delayMs: number
}

export const FAIR: Weather = { loss: 0, duplicate: 0, reset: 0, delayMs: 20 }

type Headers = Readonly<Record<string, string>>

/** Where thermostats send requests. */
export interface ThermostatServer {
  /** Handles one request. Throws while nobody does. */
  handle(request: DeviceRequest, origin: string, answer: Answer): Handled
}

export interface Handled {
  hangUp(): void
  /** Who holds the connection. */
  readonly by: unknown
}

interface Connection {
  readonly request: DeviceRequest
  open: boolean
  /** Messages of one connection arrive in order. */
  lastArrivalMs: number
  handled: Handled | undefined
}

/** A thermostat on a simulated network. */
export class SimThermostat {
  readonly firmware: Firmware
  readonly violations: Violation[] = []
  readonly notes: { readonly atMs: number; readonly note: Note }[] = []
  readonly #clock: SimClock
  readonly #random: Random
  readonly #server: ThermostatServer
  readonly #timers = new Map<string, number>()
  readonly #connections = new Map<number, Connection>()
  weather: Weather = FAIR
  trace: (what: unknown) => void = () => {}
  subscribes = 0
  puts = 0
  /** Called with every document that the server writes, and the headers of its answer. */
  onWritten: (text: string, request: DeviceRequest, headers: Headers) => void = () => {}

  constructor(clock: SimClock, random: Random, server: ThermostatServer, options: ProfileOptions) {
    this.#clock = clock
    this.#random = random
    this.#server = server
    this.firmware = new Firmware(createProfile(options))
  }

  happen(happening: FirmwareHappening): void {
    const effects = this.firmware.handle({ ...happening, nowMs: this.#clock.nowMs })
    for (const effect of effects) this.#carryOut(effect)
  }

  /** A server process has ended: its connections break. */
  breakAll(by: unknown): void {
    for (const connection of [...this.#connections.values()]) {
      if (connection.handled?.by === by) this.#fail(connection, 'reset')
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'sendRequest':
        this.#send(effect.request)
        break
      case 'abortRequest': {
        const connection = this.#connections.get(effect.requestId)
        if (connection !== undefined) this.#close(connection)
        break
      }
      case 'armTimer': {
        this.#cancel(effect.timer)
        const { timer } = effect
        const order = this.#clock.at(effect.atMs - this.#clock.nowMs, () => {
          this.#timers.delete(timer)
          this.happen({ type: 'timerFired', timer })
        })
        this.#timers.set(timer, order)
        break
      }
      case 'cancelTimer':
        this.#cancel(effect.timer)
        break
      case 'ruleViolated':
        this.violations.push(effect.violation)
        this.trace({ VIOLATION: effect.violation.rule, detail: effect.violation.detail })
        break
      case 'noted':
        this.notes.push({ atMs: this.#clock.nowMs, note: effect.note })
        this.trace(effect.note)
        break
      case 'screenChanged':
        break
    }
  }

  #cancel(timer: string): void {
    const order = this.#timers.get(timer)
    if (order !== undefined) this.#clock.cancel(order)
    this.#timers.delete(timer)
  }

  #send(request: DeviceRequest): void {
    if (request.kind === 'subscribe') this.subscribes++
    if (request.kind === 'put') this.puts++
    this.trace(`SEND ${request.id} ${request.body}`)
    const connection: Connection = {
      request,
      open: true,
      lastArrivalMs: 0,
      handled: undefined,
    }
    this.#connections.set(request.id, connection)
    const { loss, duplicate } = this.weather
    if (this.#random.chance(loss)) return
    this.#clock.at(this.#delay(), () => {
      // A proxy may deliver a put twice in a row; the first answer is lost.
      if (request.kind === 'put' && this.#random.chance(duplicate)) this.#deliverDuplicate(request)
      this.#arrive(connection)
    })
  }

  #deliverDuplicate(request: DeviceRequest): void {
    try {
      this.#server.handle(request, this.firmware.profile.origin, LOST)
    } catch {
      // The server does not run.
    }
  }

  #arrive(connection: Connection): void {
    if (!connection.open) return
    const { request } = connection
    const later = (deliver: () => void): void => {
      const arrivalMs = Math.max(this.#clock.nowMs + this.#delay(), connection.lastArrivalMs)
      connection.lastArrivalMs = arrivalMs
      this.#clock.at(arrivalMs - this.#clock.nowMs, () => connection.open && deliver())
    }
    let answerLost = this.#random.chance(this.weather.loss)
    let written: Headers | undefined
    try {
      connection.handled = this.#server.handle(request, this.firmware.profile.origin, {
        head: (status, headers) => {
          if (status === 200) written = headers
          if (answerLost) return
          later(() =>
            this.happen({ type: 'responseHeaders', requestId: request.id, status, headers }),
          )
        },
        chunk: (text, done) => {
          if (request.kind === 'subscribe' && written !== undefined) {
            this.onWritten(text, request, written)
          }
          done()
          // The client is gone, but the server cannot see that on a half-open connection.
          if (this.weather.loss === 1) answerLost = true
          if (answerLost) return
          if (this.#random.chance(this.weather.reset)) {
            answerLost = true
            this.#clock.at(this.#delay(), () => this.#fail(connection, 'reset'))
            return
          }
          later(() => this.happen({ type: 'responseChunk', requestId: request.id, text }))
        },
        end: () => {
          if (answerLost) return
          later(() => {
            this.#close(connection)
            this.happen({ type: 'responseEnded', requestId: request.id })
          })
        },
      })
    } catch {
      this.#fail(connection, 'refused')
    }
  }

  #fail(connection: Connection, reason: string): void {
    if (!connection.open) return
    this.#close(connection)
    this.happen({ type: 'responseFailed', requestId: connection.request.id, reason })
  }

  #close(connection: Connection): void {
    if (!connection.open) return
    connection.open = false
    this.#connections.delete(connection.request.id)
    connection.handled?.hangUp()
  }

  #delay(): number {
    return 1 + this.#random.int(this.weather.delayMs)
  }
}

/** The answer to a duplicate does not arrive. */
const LOST = { head: () => {}, chunk: () => {}, end: () => {} }
