import type {
  DeviceRequest,
  Effect,
  FirmwareHappening,
  Note,
  ProfileOptions,
  RequestKind,
} from '../../src/virtual/index.ts'
import { createProfile, Firmware } from '../../src/virtual/index.ts'

export const SERIAL = '02AA01AC0000000001'
export const ORIGIN = 'http://192.168.1.10:8000'
export const START_MS = 1_700_000_000_000

/** A good entry document (E1, E2). */
export function entryDocument(origin = ORIGIN): Record<string, string> {
  return {
    czfe_url: `${origin}/nest/transport`,
    transport_url: `${origin}/nest/transport`,
    direct_transport_url: `${origin}/nest/transport`,
    passphrase_url: `${origin}/nest/passphrase`,
    ping_url: `${origin}/nest/transport`,
    pro_info_url: `${origin}/nest/pro_info`,
    weather_url: `${origin}/nest/weather/v1?query=`,
    upload_url: `${origin}/nest/upload`,
    software_update_url: '',
    server_version: '1.0.0',
    tier_name: 'local',
  }
}

/** A pushed object in the field order of S6. */
export function object(key: string, revision: number, timestamp: number, value: object) {
  return {
    object_revision: revision,
    object_timestamp: timestamp,
    object_key: key,
    value,
  }
}

/** A schedule with one entry on Monday, at midnight. */
export function schedule(mode = 'HEAT', type = mode, temp = 19): object {
  const entry = { type, time: 0, entry_type: 'setpoint', temp }
  return { ver: 2, name: 'New', schedule_mode: mode, days: { '0': { '0': entry } } }
}

/** Drives one firmware model with a clock and a server of the test's own; keeps every effect. */
export class FirmwareHarness {
  readonly firmware: Firmware
  nowMs = START_MS
  readonly effects: Effect[] = []
  readonly #armed = new Map<string, number>()

  constructor(options: Partial<ProfileOptions> = {}) {
    this.firmware = new Firmware(createProfile({ serial: SERIAL, origin: ORIGIN, ...options }))
  }

  do(happening: FirmwareHappening): Effect[] {
    const effects = this.firmware.handle({ ...happening, nowMs: this.nowMs })
    for (const effect of effects) {
      if (effect.type === 'armTimer') this.#armed.set(effect.timer, effect.atMs)
      if (effect.type === 'cancelTimer') this.#armed.delete(effect.timer)
    }
    this.effects.push(...effects)
    return effects
  }

  /** Moves the clock forward and fires due timers in order. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const [next] = [...this.#armed].sort((a, b) => a[1] - b[1])
      if (next === undefined || next[1] > untilMs) break
      this.#armed.delete(next[0])
      this.nowMs = Math.max(this.nowMs, next[1])
      this.do({ type: 'timerFired', timer: next[0] })
    }
    this.nowMs = untilMs
  }

  requests(kind?: RequestKind): DeviceRequest[] {
    const all = this.effects.flatMap((effect) =>
      effect.type === 'sendRequest' ? [effect.request] : [],
    )
    return kind === undefined ? all : all.filter((request) => request.kind === kind)
  }

  /** The newest request of a kind. */
  last(kind: RequestKind): DeviceRequest {
    const found = this.requests(kind).at(-1)
    if (found === undefined) throw new Error(`no ${kind} was sent`)
    return found
  }

  /** The JSON body of the newest request of a kind. */
  body(kind: RequestKind): Record<string, unknown> {
    return JSON.parse(this.last(kind).body ?? 'null')
  }

  /** Answers the newest request of a kind. */
  answer(kind: RequestKind, body: unknown, status = 200, headers: Record<string, string> = {}) {
    const requestId = this.last(kind).id
    this.do({ type: 'responseHeaders', requestId, status, headers })
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    this.do({ type: 'responseChunk', requestId, text })
    this.do({ type: 'responseEnded', requestId })
  }

  /** Breaks the connection of the newest request of a kind. */
  fail(kind: RequestKind, reason = 'nothing listens there'): void {
    this.do({ type: 'responseFailed', requestId: this.last(kind).id, reason })
  }

  /** Answers the newest subscribe with the headers of S2, changed by `headers`. */
  hold(headers: Record<string, string | undefined> = {}): void {
    const all = {
      'transfer-encoding': 'chunked',
      'x-nl-suspend-time-max': '300',
      'x-nl-service-timestamp': String(this.nowMs),
      'x-nl-defer-device-window': '15',
      ...headers,
    }
    const given = Object.entries(all).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    )
    const requestId = this.last('subscribe').id
    const known = Object.fromEntries(given)
    this.do({ type: 'responseHeaders', requestId, status: 200, headers: known })
  }

  /** Sends one chunk on the newest subscribe. */
  chunk(text: string): void {
    this.do({ type: 'responseChunk', requestId: this.last('subscribe').id, text })
  }

  push(...objects: object[]): void {
    this.chunk(JSON.stringify({ objects }))
  }

  end(): void {
    this.do({ type: 'responseEnded', requestId: this.last('subscribe').id })
  }

  /** Answers the newest put with good receipts: one revision up, at this time. */
  receipts(timestamp = this.nowMs): void {
    this.answer('put', {
      objects: this.putEntries().map(({ key, base }) => ({
        object_revision: base + 1,
        object_timestamp: timestamp,
        object_key: key,
      })),
    })
  }

  /** The buckets of the newest put, in either form of U1. */
  putEntries(): { key: string; base: number; value: Record<string, unknown> }[] {
    const { session: _session, objects, ...keyed } = this.body('put')
    const entries = (objects ?? Object.values(keyed)) as Record<string, unknown>[]
    return entries.map(({ object_key, base_object_revision, if_object_revision, ...rest }) => ({
      key: String(object_key),
      base: Number(base_object_revision),
      value: (objects === undefined ? rest : rest.value) as Record<string, unknown>,
    }))
  }

  /** The fields of one bucket in the newest put. */
  putValue(type: string): Record<string, unknown> | undefined {
    return this.putEntries().find(({ key }) => key.startsWith(`${type}.`))?.value
  }

  /** The labels of the rules seen broken, oldest first. */
  get violations(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'ruleViolated' ? [effect.violation.rule] : [],
    )
  }

  notes<K extends Note['kind']>(kind: K): Extract<Note, { kind: K }>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'noted' && effect.note.kind === kind
        ? [effect.note as Extract<Note, { kind: K }>]
        : [],
    )
  }

  bucket(type: string) {
    const key = type.includes('.') ? type : `${type}.${SERIAL}`
    const found = this.firmware.buckets.get(key)
    if (found === undefined) throw new Error(`no bucket ${key}`)
    return found
  }

  /** Powers it on and answers the entry: it asks for a passphrase and subscribes. */
  boot(): this {
    this.do({ type: 'booted' })
    this.answer('entry', entryDocument())
    return this
  }

  /** Brings it to an ordinary evening: paired, full state put, the second subscribe held. */
  settled(headers: Record<string, string | undefined> = {}): this {
    this.boot()
    this.hold(headers)
    this.answer('passphrase', { value: 'A3XR7M2', expires: this.nowMs + 3_600_000 })
    this.pair()
    this.advance(1000)
    this.receipts()
    this.end()
    this.hold(headers)
    return this
  }

  pair(user = 'homeassistant', timestamp = this.nowMs): void {
    this.push(
      object(`user.${user}`, 1, timestamp, { name: user }),
      object('structure.default', 1, timestamp, { name: 'Home', devices: [SERIAL] }),
    )
  }
}
