import type { JsonValue } from '../../src/protocol/bucket.ts'
import { EventStreams } from '../../src/server/control/events/event-streams.ts'
import { CodeGuesses } from '../../src/server/control/guards/code-guesses.ts'
import type { Services } from '../../src/server/services.ts'
import { StatusTexts } from '../../src/server/thermostats/status-texts.ts'
import { Random } from '../simulation/random.ts'
import { SimClock } from '../simulation/sim-clock.ts'
import { FAIR, SimThermostat } from '../simulation/sim-network.ts'
import { SimServer } from '../simulation/sim-server.ts'
import { type Measured, measure } from './measure.ts'

const START_MS = 1_790_000_000_000
const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const OWNER = 'homeassistant'
/** Sometimes a connection breaks under a chunk, as in a home network. */
const WEATHER = { ...FAIR, reset: 0.01, loss: 0.001 }
/** Out of reach: connections break without an error on either side. */
const SILENCE = { ...FAIR, loss: 1 }

/** How often each thing happens in a day, on average. */
const PER_DAY = {
  command: 25,
  dial: 5,
  transition: 20,
  stranger: 20,
  wrongCode: 10,
  unplugged: 0.5,
  vanished: 1,
  pairedAnew: 0.25,
} as const

export interface MonthOptions {
  readonly seed: number
  readonly databasePath: string
  readonly thermostats: number
  /** How often each reports its sensor readings. */
  readonly sensedEveryMinutes: number
}

/** What happened in a day, and the size of the server at its end. */
export interface Day extends Measured {
  readonly commands: number
  readonly puts: number
  readonly subscribes: number
  readonly pairings: number
  /** Armed timers of the server and the thermostats. */
  readonly timers: number
  readonly held: number
}

/**
 * A household over simulated weeks: the real services on a real database file. Thermostats report and
 * hold connections, people send commands, turn dials and pair again, strangers ask for codes and guess
 * some.
 */
export class Month {
  readonly #options: MonthOptions
  readonly #random: Random
  readonly #clock = new SimClock(START_MS)
  readonly #server: SimServer
  readonly #services: Services
  readonly #guesses: CodeGuesses
  readonly #thermostats: readonly SimThermostat[]
  /** Refused commands, and violations that thermostats saw. */
  readonly failures: string[] = []
  #day = { commands: 0, pairings: 0 }
  #strangers = 0

  constructor(options: MonthOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#server = new SimServer(this.#clock, this.#random, options.databasePath)
    if (this.#server.services === undefined) throw new Error('the server is down')
    this.#services = this.#server.services
    const { core } = this.#services
    this.#guesses = new CodeGuesses(core)
    // No client reads them, but events are kept for clients that reconnect.
    new EventStreams(core, new StatusTexts(core))
    this.#thermostats = Array.from({ length: options.thermostats }, (_, n) => {
      const thermostat = new SimThermostat(this.#clock, this.#random, this.#server, {
        serial: serialOf(n),
        origin: 'http://server.test:8000',
        maxSubscriptions: 1 + (n % 2),
      })
      thermostat.weather = WEATHER
      return thermostat
    })
  }

  /** Yields each day at its end. */
  async *days(count: number): AsyncGenerator<Day> {
    for (const each of this.#thermostats) each.happen({ type: 'booted' })
    for (let day = 0; day < count; day++) {
      const before = this.#requests()
      this.#day = { commands: 0, pairings: 0 }
      for (let minute = 0; minute < DAY_MINUTES; minute++) await this.#minute(minute)
      this.#collectViolations()
      yield {
        ...measure(this.#options.databasePath),
        ...this.#day,
        ...difference(this.#requests(), before),
        timers: this.#clock.waiting,
        held: this.#services.core.subscriptions.totals().subscriptions,
      }
    }
    this.#server.kill()
    this.#server.store.close()
  }

  async #minute(minute: number): Promise<void> {
    for (const [n, thermostat] of this.#thermostats.entries()) {
      if ((minute + n) % this.#options.sensedEveryMinutes === 0) {
        thermostat.happen({
          type: 'sensed',
          currentTemperature: 18 + this.#random.int(400) / 100,
          humidity: 30 + this.#random.int(40),
          batteryVolts: 3.8 + this.#random.int(190) / 1000,
        })
      }
      await this.#clock.run(MINUTE_MS / this.#thermostats.length)
    }
    this.#people()
  }

  /** Does what people do in a minute; mostly nothing. */
  #people(): void {
    const thermostat = this.#thermostats[this.#random.int(this.#thermostats.length)]
    if (thermostat === undefined) return
    const random = this.#random
    const happens = (what: keyof typeof PER_DAY): boolean =>
      random.chance(PER_DAY[what] / DAY_MINUTES)
    const celsius = 17 + random.int(80) / 10
    if (happens('command')) this.#command(thermostat)
    if (happens('dial')) thermostat.happen({ type: 'dialTurned', celsius })
    if (happens('transition')) thermostat.happen({ type: 'scheduleTransition', celsius })
    if (happens('stranger')) this.#stranger()
    if (happens('wrongCode')) this.#guess('AAAAAAA')
    if (happens('unplugged')) thermostat.happen({ type: 'rebooted', loseMemory: false })
    if (happens('vanished')) this.#vanish(thermostat)
    if (happens('pairedAnew')) this.#forget(thermostat)
    for (const each of this.#thermostats) this.#pair(each)
  }

  #command({ firmware }: SimThermostat): void {
    const { commands } = this.#services
    const [command, value] = this.#someCommand()
    commands.command(firmware.profile.serial, command, value).then(
      () => {
        this.#day.commands++
      },
      (error) => this.failures.push(`${command} refused: ${error}`),
    )
  }

  #someCommand(): [string, JsonValue] {
    const random = this.#random
    const time = random.int(86_400)
    const setpoint = { type: 'HEAT', time, entry_type: 'setpoint', temp: 18 + random.int(4) }
    const schedule = { ver: 2, name: 'Week', schedule_mode: 'HEAT', days: { 0: { 0: setpoint } } }
    return random.pick<[string, JsonValue]>([
      ['set_temperature', 15 + random.int(100) / 10],
      ['set_temperature', 15 + random.int(100) / 10],
      ['set_mode', random.pick(['heat', 'off', 'cool'])],
      ['set_away', random.chance(0.5)],
      ['set_eco_temperatures', { low: 10 + random.int(5) }],
      ['set_device_setting', { learning_mode: random.chance(0.5) }],
      ['set_schedule', schedule],
    ])
  }

  /** An unknown thermostat asks for a code, once. */
  #stranger(): void {
    const serial = `02AA01AF${(this.#strangers++).toString().padStart(8, '0')}`
    this.#services.pairing.passphrase({ serial, network: '192.168.1.66' }).catch((error) => {
      this.failures.push(`no code for a stranger: ${error}`)
    })
  }

  /** A stranger guesses a code, each time from another address. */
  #guess(code: string): void {
    const address = `10.0.${this.#random.int(256)}.${this.#random.int(256)}`
    const guesser = { remoteAddress: address, limitKey: address }
    try {
      this.#guesses.admit(guesser)
    } catch {
      return
    }
    this.#services.pairing.claim(code, OWNER).then(
      ({ success }) => success || this.#guesses.wasWrong(guesser, 'unknown'),
      () => {},
    )
  }

  /** Takes a thermostat off the network for up to a day, while people send it commands. */
  #vanish(thermostat: SimThermostat): void {
    thermostat.weather = SILENCE
    this.#clock.at(this.#random.int(DAY_MINUTES) * MINUTE_MS, () => {
      thermostat.weather = WEATHER
    })
  }

  /** Unpairs a thermostat and clears its memory; it is paired again with its next code. */
  #forget(thermostat: SimThermostat): void {
    this.#services.pairing.release(thermostat.firmware.profile.serial, OWNER)
    thermostat.happen({ type: 'rebooted', loseMemory: true })
  }

  #pair({ firmware: { screen } }: SimThermostat): void {
    if (screen.phase !== 'code') return
    this.#services.pairing.claim(screen.code, OWNER).then(({ success }) => {
      if (success) this.#day.pairings++
    })
  }

  #requests(): Requests {
    const total = (what: (each: SimThermostat) => number): number =>
      this.#thermostats.reduce((sum, each) => sum + what(each), 0)
    return { puts: total(({ puts }) => puts), subscribes: total(({ subscribes }) => subscribes) }
  }

  /** Takes over the violations that the thermostats saw, and frees their notes: memory is measured. */
  #collectViolations(): void {
    for (const { violations, notes } of this.#thermostats) {
      for (const { rule, detail, timing } of violations) {
        // Late or lost messages are the simulated network's fault.
        if (!timing) this.failures.push(`${rule}: ${detail}`)
      }
      violations.length = 0
      notes.length = 0
    }
  }
}

function serialOf(n: number): string {
  return `02AA01AC${n.toString().padStart(8, '0')}`
}

interface Requests {
  readonly puts: number
  readonly subscribes: number
}

function difference(after: Requests, before: Requests): Requests {
  return { puts: after.puts - before.puts, subscribes: after.subscribes - before.subscribes }
}
