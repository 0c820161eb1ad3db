import t, { type Test } from 'tap'
import type { BucketVersion, JsonObject, JsonValue } from '../../../src/protocol/bucket.ts'
import { decideCommand } from '../../../src/protocol/commands/decide-command.ts'
import { decideSent } from '../../../src/protocol/delivery/decide-delivery.ts'
import type { Decision, DecisionInput } from '../../../src/protocol/thermostat/decision.ts'
import { type Memory, NO_MEMORY } from '../../../src/protocol/thermostat/memory.ts'
import type { ThermostatState } from '../../../src/protocol/thermostat/state.ts'
import { decidePut } from '../../../src/protocol/transport/decide-put.ts'
import { decideSubscribe } from '../../../src/protocol/transport/decide-subscribe.ts'
import type { Push } from '../../../src/protocol/transport/hold.ts'
import { viewOf } from '../../../src/protocol/view/view-of.ts'
import {
  bucket,
  CONTACT,
  DEVICE,
  held,
  input,
  NOTHING_LISTED,
  NOW_MS,
  now,
  SHARED,
  state,
} from '../make.ts'

/** What a command sets, and what a person sets on the thermostat. */
interface Setting {
  readonly objectKey: string
  readonly command: readonly [name: string, value: JsonValue]
  readonly field: string
  readonly stored: JsonValue
  readonly commanded: JsonValue
  readonly other: JsonValue
  /** Values on file beside it. */
  readonly beside: JsonObject
}

const SETTINGS: readonly Setting[] = [
  {
    objectKey: SHARED,
    command: ['set_temperature', 25],
    field: 'target_temperature',
    stored: 20,
    commanded: 25,
    other: 22,
    beside: { target_temperature_type: 'heat', target_change_pending: false },
  },
  {
    objectKey: SHARED,
    command: ['set_temperature', { low: 21 }],
    field: 'target_temperature_low',
    stored: 19,
    commanded: 21,
    other: 18,
    beside: {
      target_temperature_high: 26,
      target_temperature_type: 'range',
      target_change_pending: false,
    },
  },
  {
    objectKey: SHARED,
    command: ['set_mode', 'cool'],
    field: 'target_temperature_type',
    stored: 'heat',
    commanded: 'cool',
    other: 'off',
    beside: { target_temperature: 20, target_change_pending: false },
  },
  {
    objectKey: DEVICE,
    command: ['set_eco_temperatures', { low: 12 }],
    field: 'away_temperature_low',
    stored: 15,
    commanded: 12,
    other: 17,
    beside: { away_temperature_low_enabled: true, away_temperature_high: 26, current_version: '5' },
  },
]

/** How a thermostat puts what was set on it, and what gets lost. */
interface Way {
  readonly base: 'none' | 'old' | 'push'
  readonly acknowledges: 'in the put' | 'after it' | 'never'
  readonly touched: boolean
  /** The receipt: taken, taken if it is newer, or lost. */
  readonly receipt: 'taken' | 'newer' | 'lost'
  /** The server forgets what it has in memory. */
  readonly restarts: boolean
  /** The push goes to two connections, and the put arrives twice. */
  readonly twice: boolean
  readonly uploadsWhenAsked: boolean
}

/**
 * A thermostat that does what is on its screen and nothing else, and a server, one request after the
 * other. What the thermostat has is the truth.
 */
class Scene {
  readonly setting: Setting
  readonly way: Way
  server: ThermostatState
  own: BucketVersion & { value: JsonObject }
  /** The version that the thermostat had before the push. */
  readonly before: BucketVersion
  #memory: Memory = NO_MEMORY
  #afterMs = 0

  constructor(setting: Setting, way: Way) {
    this.setting = setting
    this.way = way
    const { objectKey, field, stored, beside } = setting
    const onFile = bucket(objectKey, { ...beside, [field]: stored })
    this.server = state({}, onFile)
    this.before = onFile
    this.own = { revision: onFile.revision, timestamp: onFile.timestamp, value: onFile.value }
  }

  pass(ms: number): void {
    this.#afterMs += ms
  }

  get #input(): DecisionInput {
    const { objectKey } = this.setting
    return input(this.server, {
      held: held({ [objectKey]: this.own.timestamp }),
      memory: this.#memory,
      now: now(this.#afterMs),
      nextChangeId: 10 + this.#afterMs,
    })
  }

  #take<Reply>(decision: Decision<Reply>): Decision<Reply> {
    this.server = decision.state
    this.#memory = this.way.restarts ? NO_MEMORY : decision.memory
    return decision
  }

  #written(push: Push): void {
    this.#take(decideSent(this.#input, push, false))
  }

  /** A command goes out on the held connection; returns the push. */
  command(): Push {
    const { command } = this.setting
    const [push] = this.#take(decideCommand(this.#input, ...command)).pushes
    if (push === undefined) throw new Error('the command was not pushed')
    this.#written(push)
    if (this.way.twice) this.#written(push)
    return push
  }

  /** The thermostat reads a push: it takes what is newer, and uploads when it is asked to. */
  receive(push: Push): void {
    const { objectKey } = this.setting
    for (const object of push.objects) {
      if (object.objectKey !== objectKey) continue
      const { revision, timestamp } = object
      if (timestamp === 0) {
        if (this.way.uploadsWhenAsked) this.put(this.own.value, this.own.revision)
      } else if (timestamp > this.own.timestamp) {
        const value = { ...this.own.value, ...object.value }
        this.own = { revision, timestamp, value }
      }
    }
  }

  /** Puts these fields, and takes the receipt. */
  put(value: JsonObject, revision: number): void {
    const { objectKey } = this.setting
    const { base, receipt, twice } = this.way
    const baseRevision = base === 'none' ? undefined : revision
    const request = {
      objects: [{ objectKey, value, baseRevision, ifRevision: undefined }],
      refused: [],
    }
    const { reply } = this.#take(decidePut(this.#input, CONTACT, request))
    if (twice) this.#take(decidePut(this.#input, CONTACT, request))
    const [given] = reply
    if (given === undefined || receipt === 'lost') return
    if (receipt === 'newer' && given.timestamp < this.own.timestamp) return
    this.own = { ...this.own, revision: given.revision, timestamp: given.timestamp }
  }

  /** What a person sets on the thermostat, as it is put. */
  turn(to: JsonValue, acknowledges: boolean, atS: number): JsonObject {
    const { field, objectKey } = this.setting
    const touched = this.way.touched && objectKey === SHARED
    return {
      [field]: to,
      ...(touched ? { touched_by: { touched_by: 1, touched_at: atS, touched_user_id: '' } } : {}),
      ...(acknowledges && this.isPending ? { target_change_pending: false } : {}),
    }
  }

  get isPending(): boolean {
    return this.own.value.target_change_pending === true
  }

  acknowledge(): void {
    if (!this.isPending) return
    this.own.value = { ...this.own.value, target_change_pending: false }
    this.put({ target_change_pending: false }, this.own.revision)
  }

  get nowS(): number {
    return Math.floor((NOW_MS + this.#afterMs) / 1000)
  }

  /** The thermostat subscribes some times, as after each answer. */
  subscribe(times = 4): void {
    for (let i = 0; i < times; i++) {
      this.pass(4_000)
      const { objectKey } = this.setting
      const listed = { objectKey, revision: this.own.revision, timestamp: this.own.timestamp }
      const { push } = this.#take(
        decideSubscribe(this.#input, CONTACT, [NOTHING_LISTED, listed], 290_000),
      ).reply
      if (push === undefined) continue
      this.#written(push)
      this.pass(100)
      this.receive(push)
      if (this.way.acknowledges !== 'never') this.acknowledge()
    }
  }

  /** What the thermostat shows, and what `/status` shows. */
  get ends(): { device: JsonValue | undefined; status: JsonValue | undefined } {
    const { field, objectKey } = this.setting
    const view = viewOf(this.server, NOW_MS + this.#afterMs)
    const shown = objectKey === SHARED ? view?.shared : view?.device
    return { device: this.own.value[field], status: shown?.[field] }
  }
}

/** Every combination of these. */
function* ways(over: { readonly [K in keyof Way]?: readonly Way[K][] } = {}): Generator<Way> {
  const all: { readonly [K in keyof Way]: readonly Way[K][] } = {
    base: ['none', 'old', 'push'],
    acknowledges: ['in the put', 'after it', 'never'],
    touched: [true, false],
    receipt: ['taken', 'newer', 'lost'],
    restarts: [false, true],
    twice: [false, true],
    uploadsWhenAsked: [false, true],
    ...over,
  }
  for (const base of all.base)
    for (const acknowledges of all.acknowledges)
      for (const touched of all.touched)
        for (const receipt of all.receipt)
          for (const restarts of all.restarts)
            for (const twice of all.twice)
              for (const uploadsWhenAsked of all.uploadsWhenAsked)
                yield { base, acknowledges, touched, receipt, restarts, twice, uploadsWhenAsked }
}

/** Plays a scene in every way and for every setting; fails for those that end otherwise than expected. */
function playAll(
  t: Pick<Test, 'strictSame' | 'ok'>,
  all: Iterable<Way>,
  play: (scene: Scene) => JsonValue | undefined,
): void {
  let scenes = 0
  const wrong: string[] = []
  for (const way of all) {
    for (const setting of SETTINGS) {
      const scene = new Scene(setting, way)
      const expected = play(scene)
      const { device, status } = scene.ends
      scenes++
      const isRight =
        device === status &&
        (expected === undefined || JSON.stringify(device) === JSON.stringify(expected))
      if (isRight) continue
      const changes = scene.server.changes.map(({ state }) => state).join()
      wrong.push(
        `${setting.field} ${JSON.stringify(way)}: thermostat ${device}, status ${status}, expected ${expected} ${changes}`,
      )
    }
  }
  t.ok(scenes > 0)
  t.strictSame(wrong.slice(0, 10), [], `${wrong.length} of ${scenes} wrong`)
}

/**
 * Whether a thermostat that was turned after the push can be told from one whose put crossed the push. One
 * that names an old base, and then lists the push or acknowledges it, tells the contrary; only an upload
 * shows it then.
 */
function tellsTheOrder(way: Way): boolean {
  const { base, receipt, acknowledges, uploadsWhenAsked, restarts } = way
  if (base !== 'old') return true
  return receipt !== 'lost' && (acknowledges !== 'after it' || (uploadsWhenAsked && !restarts))
}

for (const to of ['stored', 'other', 'commanded'] as const) {
  t.test(`D1: a dial turned after the push keeps its value (${to})`, async (t) => {
    playAll(t, [...ways()].filter(tellsTheOrder), (scene) => {
      const { way, setting } = scene
      scene.receive(scene.command())
      scene.pass(3_000)
      const value = setting[to]
      const turned = scene.turn(value, way.acknowledges === 'in the put', scene.nowS)
      const base = way.base === 'old' ? scene.before.revision : scene.own.revision
      scene.own.value = { ...scene.own.value, ...turned }
      scene.put(turned, base)
      if (way.acknowledges === 'after it') {
        scene.pass(1_000)
        scene.acknowledge()
      }
      scene.subscribe()
      return value
    })
  })
}

t.test('D1: a turn that crossed the push leaves thermostat and status equal', async (t) => {
  for (const keeps of ['the push', 'its turn'] as const) {
    for (const to of ['stored', 'other', 'commanded'] as const) {
      await t.test(`the thermostat keeps ${keeps}, turned to ${to}`, async (t) => {
        const over = { base: ['old'], acknowledges: ['after it'] } as const
        playAll(t, ways(over), (scene) => {
          const { way, setting } = scene
          // Only a setpoint is acknowledged: of the others only an upload tells.
          const isAcknowledged = setting.command[0] === 'set_temperature'
          if (!isAcknowledged && !way.uploadsWhenAsked) return setting.stored
          const turned = scene.turn(setting[to], false, scene.nowS)
          scene.pass(5_000)
          const push = scene.command()
          scene.pass(500)
          const { revision } = scene.before
          if (keeps === 'the push') scene.receive(push)
          else scene.own.value = { ...scene.own.value, ...turned }
          scene.put(turned, revision)
          scene.acknowledge()
          scene.subscribe()
          return undefined
        })
      })
    }
  }
})

t.test('D1, V10: without bases, the time of the turn tells that the put came first', async (t) => {
  const over = { base: ['none'], acknowledges: ['after it', 'never'], touched: [true] } as const
  playAll(t, ways(over), (scene) => {
    const { setting, way } = scene
    if (setting.objectKey === DEVICE) return setting.stored
    const turned = scene.turn(setting.other, false, scene.nowS)
    scene.pass(5_000)
    const push = scene.command()
    scene.pass(500)
    scene.receive(push)
    scene.put(turned, scene.before.revision)
    if (way.acknowledges === 'after it') scene.acknowledge()
    scene.subscribe()
    return setting.commanded
  })
})

t.test('D1: an upload of the whole bucket that crossed a push cancels nothing', async (t) => {
  for (const base of ['none', 'old'] as const) {
    playAll(t, ways({ base: [base], acknowledges: ['never'], touched: [false] }), (scene) => {
      const upload = { ...scene.own.value }
      const push = scene.command()
      scene.receive(push)
      scene.put(upload, scene.before.revision)
      scene.subscribe()
      return scene.setting.commanded
    })
  }
})
