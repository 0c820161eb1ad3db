import { NleError } from '../../src/errors.ts'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import {
  type Change,
  isOpenChange,
  primaryFields,
  sameMeaning,
} from '../../src/protocol/delivery/change.ts'
import type { DecisionInput } from '../../src/protocol/thermostat/decision.ts'
import { Draft } from '../../src/protocol/thermostat/draft.ts'
import type { ProfileOptions } from '../../src/virtual/index.ts'
import { Ledger, SERIAL } from './ledger.ts'
import { OneServer } from './one-server.ts'
import { Random } from './random.ts'
import { SimClock } from './sim-clock.ts'
import { SimCluster } from './sim-cluster.ts'
import { FAIR, SimThermostat, type Weather } from './sim-network.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
const START_MS = 1_790_000_000_000
/** The most subscribes of a thermostat in an hour of the worst weather: one in six seconds. */
const MAX_SUBSCRIBES_PER_HOUR = 600
/** The same where the database is away and servers end every minute. */
const MAX_SUBSCRIBES_IN_FAULTS = 900

/** Commands in the calm of a story with several servers, and how soon the thermostat has each. */
const CALM_COMMANDS = 4
const REACHES_MS = 35_000
/** How long after its commit a server may still write a push. */
const WRITTEN_WITHIN_MS = 6_000

export interface StoryOptions {
  /** Called with every event, to find out why a seed failed. */
  readonly trace?: (line: string) => void
  /** Whether people send commands, or only pair. */
  readonly commands: boolean
  readonly stormMinutes: number
  /** Servers on one database; one has it alone. */
  readonly servers: number
}

/** How long the storm of a story takes: where servers share a database, more happens in less time. */
export function stormOf(servers: number): number {
  return servers === 1 ? 120 : 10
}

/** The result of a story. */
export interface Outcome {
  readonly seed: number
  readonly failures: readonly string[]
  readonly commands: number
  readonly endStates: Readonly<Record<string, number>>
  readonly subscribes: number
  readonly transport: 'v7' | 'v3'
}

/**
 * One seeded story: a thermostat and a server on a faulty network, with people, crashes and wrong clocks;
 * then a calm time, after which both have to agree.
 */
export class Story {
  readonly #seed: number
  readonly #options: StoryOptions
  readonly #random: Random
  readonly #clock: SimClock
  readonly #world: World
  readonly #ledger: Ledger
  readonly #thermostat: SimThermostat
  readonly #failures: string[] = []
  /** Fields commanded so far, by object key. */
  readonly #commanded = new Map<string, Set<string>>()
  /** Setpoints in the order in which they were commanded; each value is used once. */
  readonly #setpoints: number[] = []
  /** The latest setpoint that was written, and when it was first. */
  #latestWritten = { id: 0, timestamp: 0, atMs: 0 }
  #wrongClock: boolean
  /** Whether the database loses buckets; then the server cannot know the versions that it gave. */
  readonly #losesBuckets: boolean
  /** Every change on file when the story is over. */
  #ended: readonly Change[] = []
  #wasReset = false
  readonly #calmSetpoints = new Set<unknown>()

  constructor(seed: number, options: StoryOptions) {
    this.#seed = seed
    this.#options = options
    this.#random = new Random(seed)
    this.#clock = new SimClock(START_MS)
    const isAlone = options.servers === 1
    // Several servers go by the database's clock.
    if (isAlone) {
      this.#clock.wallOffsetMs = this.#random.pick([0, 0, 0, -56 * YEAR_MS, -HOUR_MS, 10 * YEAR_MS])
    }
    this.#wrongClock = this.#clock.wallOffsetMs !== 0
    // By the seed alone, so that the other choices of a seed stay as they are.
    const isV3 = seed % 3 === 0
    // A thermostat of transport v3 cannot be asked for an upload (`V5`).
    this.#losesBuckets = this.#random.chance(0.2) && !isV3 && isAlone
    this.#world = isAlone
      ? new OneServer(this.#clock, this.#random)
      : new SimCluster(this.#clock, this.#random, options.servers)
    this.#ledger = new Ledger(this.#world)
    const byThird = Math.floor(seed / 3)
    this.#thermostat = new SimThermostat(this.#clock, this.#random, this.#world, {
      serial: SERIAL,
      origin: 'http://server.test:8000',
      putsAgainAfterCrossing: byThird % 2 === 0,
      maxSubscriptions: this.#random.pick([1, 1, 2, 3]),
      putForm: this.#random.pick(['keyed', 'objects']),
      subscribeForm: this.#random.pick(['objects', 'objects', 'named']),
      conditionalPuts: this.#random.chance(0.3),
      inlineValues: this.#random.chance(0.2),
      listsPairingBuckets: this.#random.chance(0.95),
      ...(isV3 ? v3Profile(Math.floor(byThird / 2)) : {}),
    })
    this.#thermostat.onWritten = (text, request, headers) =>
      this.#watch(pushedObjects(text, headers), request.body ?? '')
    this.#world.onEnd = (by) => this.#thermostat.breakAll(by)
    if (options.trace === undefined) return
    this.#thermostat.trace = (what) => this.#trace(what)
    this.#world.trace = (what) => this.#trace(what)
  }

  async tell(): Promise<Outcome> {
    this.#thermostat.happen({ type: 'booted' })
    this.#thermostat.weather = this.#weather()
    const endMs = this.#clock.nowMs + this.#options.stormMinutes * MINUTE_MS
    while (this.#clock.nowMs < endMs) {
      await this.#clock.run(1 + this.#random.int(this.#pauseMs()))
      this.#something()
    }
    const stormSubscribes = this.#thermostat.subscribes
    this.#limitSubscribes(stormSubscribes, this.#options.stormMinutes / 60)
    await this.#calm()
    await this.#check()
    const outcome = {
      seed: this.#seed,
      failures: this.#failures,
      commands: this.#ledger.accepted,
      endStates: this.#endStates(),
      subscribes: this.#thermostat.subscribes,
      transport: this.#thermostat.firmware.profile.transport,
    }
    this.#world.end()
    return outcome
  }

  /** The calm before requests are counted. */
  get #settlesMs(): number {
    return (this.#options.servers === 1 ? 30 : 10) * MINUTE_MS
  }

  /** The longest time to the next event. */
  #pauseMs(): number {
    if (this.#options.servers === 1) return 90_000
    // Often within the time that a decision takes.
    return this.#random.pick([30, 1_000, 20_000, 40_000])
  }

  #trace(what: unknown): void {
    const seconds = ((this.#clock.nowMs - START_MS) / 1000).toFixed(3).padStart(10)
    this.#options.trace?.(`${seconds} ${typeof what === 'string' ? what : JSON.stringify(what)}`)
  }

  #weather(): Weather {
    return this.#random.pick([
      FAIR,
      { loss: 0.05, duplicate: 0.05, reset: 0.1, delayMs: 400 },
      { loss: 0.2, duplicate: 0.2, reset: 0.3, delayMs: 4_000 },
      { loss: 0, duplicate: 0, reset: 0.5, delayMs: 50 },
      { loss: 0.5, duplicate: 0, reset: 0, delayMs: 200 },
    ])
  }

  /** Causes one random event. */
  #something(): void {
    const random = this.#random
    const { firmware } = this.#thermostat
    switch (random.int(14)) {
      case 0:
        this.#thermostat.weather = this.#weather()
        break
      case 1:
        this.#world.harm()
        break
      case 2: {
        const loseMemory = random.chance(0.3)
        this.#wasReset ||= loseMemory
        this.#thermostat.happen({ type: 'rebooted', loseMemory })
        break
      }
      case 3:
        this.#thermostat.happen({ type: 'resubscribed' })
        break
      case 4:
        if (this.#world.setClocks()) this.#wrongClock = true
        break
      case 5:
        this.#thermostat.happen({
          type: 'sensed',
          currentTemperature: 15 + random.int(100) / 10,
          humidity: random.int(100),
        })
        break
      case 6:
        this.#thermostat.happen({ type: 'dialTurned', celsius: 9 + random.int(10) / 10 })
        break
      case 7:
        this.#thermostat.happen({ type: 'scheduleTransition', celsius: 8 + random.int(10) / 10 })
        break
      case 8:
        if (random.chance(0.3)) this.#thermostat.happen({ type: 'ecoPressed' })
        break
      case 9:
        if (this.#losesBuckets) this.#loseBucket(random.pick(['device', 'shared', 'schedule']))
        break
      default:
        if (!firmware.paired && random.chance(0.5)) this.#claim()
        else if (this.#options.commands) this.#command()
    }
  }

  /** A part of the database is lost, as by a backup that was restored in parts. */
  #loseBucket(type: string): void {
    this.#trace(`LOST ${type}`)
    const lose = (input: DecisionInput) => {
      const draft = new Draft(input)
      draft.deleteBucket(`${type}.${SERIAL}`)
      return draft.decision(undefined)
    }
    this.#world.reach(({ core }) =>
      core.writer.run(
        SERIAL,
        lose,
        () => {},
        () => {},
      ),
    )
  }

  /** A person types in the code on the screen; sometimes two people at once. */
  #claim(): void {
    const { screen } = this.#thermostat.firmware
    if (screen.phase !== 'code') return
    const { code } = screen
    const claims = this.#random.chance(0.3) ? ['homeassistant', 'somebody'] : ['homeassistant']
    for (const userId of claims) {
      this.#world.reach(({ pairing }) =>
        this.#ledger.claimed(code, userId, pairing.claim(code, userId)),
      )
    }
  }

  #command(): void {
    if (!this.#world.isOnFile) return
    this.#give(...this.#someCommand())
  }

  #give(command: string, value: JsonObject[string]): void {
    this.#trace(`COMMAND ${command} ${JSON.stringify(value)}`)
    this.#world.reach(({ commands }) =>
      this.#ledger.given(commands.command(SERIAL, command, value), (error) => {
        // Before its first upload the server does not know the capabilities of a thermostat.
        const isUnknown = command === 'set_fan'
        if (!isUnknown && !this.#isAway(error)) {
          this.#failures.push(`command refused: ${command} ${error}`)
        }
      }),
    )
  }

  /** Whether the database may have been away, or others kept writing: where there are several servers. */
  #isAway(error: unknown): boolean {
    return this.#options.servers > 1 && error instanceof NleError && error.code === 'store'
  }

  #someCommand(): [string, JsonObject[string]] {
    const random = this.#random
    switch (random.int(8)) {
      case 0:
        return ['set_mode', random.pick(['heat', 'off', 'cool'])]
      case 1:
        return ['set_away', random.chance(0.5)]
      case 2:
        return ['set_fan', random.pick([600, 1800])]
      case 3:
        return ['set_eco_temperatures', { low: 10 + random.int(5) }]
      case 4:
        return [
          'set_schedule',
          {
            ver: 2,
            name: 'Simulated',
            schedule_mode: 'HEAT',
            days: {
              0: {
                0: {
                  type: 'HEAT',
                  time: random.int(86_400),
                  entry_type: 'setpoint',
                  temp: 18 + random.int(4),
                },
              },
            },
          },
        ]
      default:
        return ['set_temperature', this.#nextSetpoint()]
    }
  }

  /** Each value is used once, and never by the thermostat itself. */
  #nextSetpoint(): number {
    const setpoint = 20 + (this.#setpoints.length + 1) / 100
    this.#setpoints.push(setpoint)
    return setpoint
  }

  #noteCommanded(): void {
    for (const { objectKey, fields } of this.#world.changes.values()) {
      const known = this.#commanded.get(objectKey) ?? new Set()
      for (const field of Object.keys(fields)) known.add(field)
      this.#commanded.set(objectKey, known)
    }
  }

  /** Checks a push of the server: commanded fields only, and no older setpoint after a newer one. */
  #watch(objects: readonly PushedObject[], subscribeBody: string): void {
    this.#trace(`WRITTEN ${JSON.stringify(objects)}`)
    this.#noteCommanded()
    for (const { object_key: key, object_timestamp: timestamp, value } of objects) {
      const type = key.slice(0, key.indexOf('.'))
      if (timestamp === 0 || type === 'user' || type === 'device_alert_dialog') continue
      // A device without memory gets lost fields back (S table), which another test covers.
      if (isListedAtZero(subscribeBody, key)) continue
      const allowed = this.#commanded.get(key) ?? new Set()
      for (const field of Object.keys(value)) {
        if (type === 'structure' && (field === 'name' || field === 'devices')) continue
        if (!allowed.has(field)) this.#failures.push(`pushed ${field} of ${key}, never commanded`)
      }
      const setpoint = value.target_temperature
      if (typeof setpoint !== 'number') continue
      this.#watchSetpoint(setpoint, timestamp)
    }
  }

  /**
   * No older setpoint follows a newer one. Of several servers, one may write the older one some seconds later,
   * for the thermostat to drop: under an older version.
   */
  #watchSetpoint(setpoint: number, timestamp: number): void {
    const changes = [...this.#world.changes.values()]
    const id = changes.find(({ fields }) => fields.target_temperature === setpoint)?.id ?? 0
    const latest = this.#latestWritten
    if (id >= latest.id) {
      const isNew = id > latest.id
      this.#latestWritten = { id, timestamp, atMs: isNew ? this.#clock.nowMs : latest.atMs }
      return
    }
    const lateMs = this.#clock.nowMs - latest.atMs
    const isDropped = this.#options.servers > 1 && timestamp < latest.timestamp
    if (!isDropped || lateMs > WRITTEN_WITHIN_MS) {
      this.#failures.push(`setpoint ${setpoint} written ${lateMs} ms after a later one`)
    }
  }

  #limitSubscribes(count: number, hours: number): void {
    const most = this.#options.servers === 1 ? MAX_SUBSCRIBES_PER_HOUR : MAX_SUBSCRIBES_IN_FAULTS
    if (count > most * hours) {
      this.#failures.push(`${Math.round(count / hours)} subscribes an hour`)
    }
  }

  /** Hours with a fair network and a running server; a person pairs the thermostat if it is not. */
  async #calm(): Promise<void> {
    this.#thermostat.weather = FAIR
    this.#world.heal()
    for (let i = 0; i < 40 && !this.#thermostat.firmware.paired; i++) {
      await this.#clock.run(MINUTE_MS)
      this.#claim()
    }
    await this.#clock.run(this.#settlesMs)
    // All five upload requests may be lost in a storm; `nle doctor` then says what the person does.
    const { device } = await this.#world.load(SERIAL)
    if ((device?.awaitedUploads.length ?? 0) > 0 && this.#losesBuckets) {
      this.#thermostat.happen({ type: 'rebooted', loseMemory: false })
      await this.#clock.run(this.#settlesMs)
    }
    const before = this.#thermostat.subscribes
    const putsBefore = this.#thermostat.puts
    const beganMs = this.#clock.nowMs
    if (this.#options.servers === 1)
      await this.#clock.run(this.#options.commands ? 6 * HOUR_MS : HOUR_MS)
    else await this.#commandInCalm()
    const hours = (this.#clock.nowMs - beganMs) / HOUR_MS
    const perHour = (this.#thermostat.subscribes - before) / hours
    // One each hold, and the guard's worst case for a device that never lists its pairing.
    const most = this.#options.servers === 1 ? 30 : 45
    if (perHour > most) this.#failures.push(`${perHour} subscribes an hour in calm`)
    const puts = (this.#thermostat.puts - putsBefore) / hours
    if (puts > (this.#options.servers === 1 ? 10 : 20))
      this.#failures.push(`${puts} puts an hour in calm`)
  }

  /** Whichever server gets a command, the thermostat gets it soon, although a notification may be lost. */
  async #commandInCalm(): Promise<void> {
    for (let round = 0; round < CALM_COMMANDS && this.#options.commands; round++) {
      await this.#clock.run(this.#random.int(5 * MINUTE_MS))
      this.#world.disturb()
      await this.#clock.run(this.#random.int(2_000))
      const setpoint = this.#nextSetpoint()
      this.#give('set_temperature', setpoint)
      await this.#clock.run(REACHES_MS)
      const hasArrived = this.#thermostat.notes.some(
        ({ note }) => note.kind === 'push' && note.value.target_temperature === setpoint,
      )
      if (!hasArrived) this.#failures.push(`the command for ${setpoint} is late in calm`)
      this.#calmSetpoints.add(setpoint)
    }
    await this.#clock.run(HOUR_MS / 2)
    // Then what is still open ends by itself.
    for (let passed = 0; passed < 12 && this.#hasOpenChanges(); passed++) {
      await this.#clock.run(HOUR_MS / 2)
    }
  }

  #hasOpenChanges(): boolean {
    return [...this.#world.changes.values()].some(isOpenChange)
  }

  async #check(): Promise<void> {
    const { firmware, violations } = this.#thermostat
    const state = await this.#world.load(SERIAL)
    this.#ended = await this.#world.changesOnFile(SERIAL)
    this.#failures.push(...this.#ledger.check(this.#thermostat, this.#ended))
    if (!firmware.paired) this.#failures.push('the thermostat is not paired')
    if (state.owner === undefined) this.#failures.push('the server has no owner')
    for (const { rule, detail, timing } of violations) {
      // A thermostat with the right time rejects codes and eco changes from a wrong clock.
      const fromWrongClock = this.#wrongClock && ['P3', 'P4', 'D5'].includes(rule)
      // The receipt of a refused put has the stored version (`U4`), also while a push is on its way.
      const refusedPut = firmware.profile.conditionalPuts && detail.includes('went back')
      const fromLoss = this.#losesBuckets && rule === 'S10'
      // What was decided before a subscribe came may be written to it after seconds; the thermostat drops it.
      const isSlow = this.#options.servers > 1 && detail.includes('was listed')
      const excused = timing || fromWrongClock || refusedPut || fromLoss || isSlow
      if (!excused) this.#failures.push(`${rule}: ${detail}`)
    }
    for (const [key, { value }] of firmware.buckets) {
      const type = key.slice(0, key.indexOf('.'))
      if (type === 'device_alert_dialog') continue
      const stored = state.buckets.get(key)
      if (stored === undefined) {
        // The server deletes the user bucket of a former owner; on the device it is harmless.
        if (type !== 'user') this.#failures.push(`the server lacks ${key}`)
        continue
      }
      // A device cannot tell the receipt of a refused conditional put from that of an accepted one whose
      // answer was lost (`U4`), so some of its values may never reach the server.
      if (firmware.profile.conditionalPuts) continue
      // Only the server that gave settings back to a reset thermostat knows that its put may have crossed them.
      if (type === 'device' && this.#wasReset && this.#options.servers > 1) continue
      for (const [field, own] of Object.entries(value)) {
        if (type === 'structure' && field !== 'name' && field !== 'devices') continue
        // The thermostat silently rejects an eco change from a wrong clock.
        if (field === 'eco' && this.#mayMissEco) continue
        if (this.#tookUnseen(key, field, value as JsonObject)) continue
        // Without versions (`V5`) it is not known which copy of a push the thermostat took, and so its time.
        if (field === 'touched_by' && !firmware.profile.listsVersions) continue
        if (JSON.stringify(stored.value[field]) !== JSON.stringify(own)) {
          this.#failures.push(
            `${key} ${field}: server ${JSON.stringify(stored.value[field])}, device ${JSON.stringify(own)}`,
          )
        }
      }
    }
    for (const change of this.#ended) {
      const isOfCalm = this.#calmSetpoints.has(change.fields.target_temperature)
      // Without versions (`V5`) a change may count as ignored although it has arrived.
      const isProven = change.state === 'confirmed' || !firmware.profile.listsVersions
      if (isOfCalm && !isProven) {
        this.#failures.push(`change ${change.id} of the calm is ${change.state}`)
      }
      if (isOpenChange(change)) {
        this.#failures.push(`change ${change.id} (${change.command}) is still ${change.state}`)
      }
    }
  }

  /**
   * Whether the thermostat of transport v3 has a change that was sent and counts as ignored (`D3`), because
   * all of its messages about it were lost: no upload can be asked for (`V5`). One that lists no versions may have any change that was sent and
   * ended without being confirmed.
   */
  #tookUnseen(key: string, field: string, own: JsonObject): boolean {
    if (this.#thermostat.firmware.profile.transport !== 'v3') return false
    const isBare = !this.#thermostat.firmware.profile.listsVersions
    return this.#ended.some(
      (change) =>
        (isBare ? change.state !== 'confirmed' : change.state === 'ignored') &&
        change.sends > 0 &&
        change.objectKey === key &&
        Object.hasOwn(change.fields, field) &&
        primaryFields(change).every((each) => sameMeaning(each, change.fields[each], own[each])),
    )
  }

  /**
   * Whether a command about eco may have arrived by half. It is in two buckets; transport v3 takes them one after the
   * other, and lists only the device's, which then counts for both.
   */
  get #mayMissEco(): boolean {
    const { transport } = this.#thermostat.firmware.profile
    return this.#wrongClock || (this.#options.servers > 1 && transport === 'v3')
  }

  #endStates(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { state } of this.#ended) counts[state] = (counts[state] ?? 0) + 1
    return counts
  }
}

/** What only a thermostat of transport v3 is. */
function v3Profile(choice: number): Partial<ProfileOptions> {
  return {
    transport: 'v3',
    listsVersions: choice % 2 === 0,
    keyNoise: choice % 5 === 0 ? ' ._sync' : '',
    maxSubscriptions: 1,
    conditionalPuts: false,
  }
}

interface PushedObject {
  readonly object_key: string
  readonly object_timestamp: number
  readonly value: JsonObject
}

/** The objects of a document of v7, or the one that the headers of v3 name (V6). */
function pushedObjects(
  text: string,
  headers: Readonly<Record<string, string>>,
): readonly PushedObject[] {
  const key = headers['x-nl-skv-key']
  if (key === undefined) return JSON.parse(text).objects
  const timestamp = Number(headers['x-nl-skv-timestamp'])
  return [{ object_key: key, object_timestamp: timestamp, value: JSON.parse(text) }]
}

function isListedAtZero(subscribeBody: string, key: string): boolean {
  const body = JSON.parse(subscribeBody) as Record<string, unknown>
  if (Array.isArray(body.keys)) {
    return body.keys.some((each) => each.key.split(' ')[0] === key && each.timestamp === 0)
  }
  const listed = Array.isArray(body.objects) ? body.objects : Object.values(body)
  return listed.some(
    (each) =>
      typeof each === 'object' &&
      each !== null &&
      'object_key' in each &&
      each.object_key === key &&
      'object_timestamp' in each &&
      each.object_timestamp === 0,
  )
}
