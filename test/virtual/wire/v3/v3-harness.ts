import { entryDocument, FirmwareHarness, object } from '../../firmware-harness.ts'

/** What the server has of each bucket, as V3 and V4 nest it. */
type Nested = Record<string, Record<string, object>>

/** Drives a thermostat of transport v3 (section 11). */
export class V3Harness extends FirmwareHarness {
  constructor(options: ConstructorParameters<typeof FirmwareHarness>[0] = {}) {
    super({ transport: 'v3', ...options })
  }

  /** Powers it on, and answers the entry and the list of buckets. */
  bootWith(stored: Nested = {}, entry: object = {}): this {
    this.do({ type: 'booted' })
    this.answer('entry', { ...entryDocument(), ...entry })
    this.answer('deviceList', stored)
    return this
  }

  /** Brings it to an ordinary evening: its state is put, it is paired, and a poll is held. */
  evening(): this {
    this.bootWith()
    this.nestedReceipts()
    this.answerPoll(`user.homeassistant`, { name: 'homeassistant' })
    this.answerPoll('structure.default', { name: 'Home', devices: [this.firmware.profile.serial] })
    this.advance(10_000)
    return this
  }

  /** Answers the newest put with both marks for each bucket. */
  nestedReceipts(): void {
    const marks = (byId: object) =>
      Object.fromEntries(
        Object.keys(byId).map((id) => [id, { $version: 1, $timestamp: this.nowMs }]),
      )
    const put = Object.entries(this.body('put'))
    this.answer('put', Object.fromEntries(put.map(([type, byId]) => [type, marks(byId as object)])))
  }

  /** Answers the newest poll with one bucket (V6); `headers` change or (undefined) remove some. */
  answerPoll(
    key: string,
    value: object | string,
    headers: Record<string, string | undefined> = {},
  ): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    this.#answer(text, {
      'x-nl-skv-key': key,
      'x-nl-skv-version': '2',
      'x-nl-skv-timestamp': String(this.nowMs),
      ...headers,
    })
  }

  /** Ends the hold of the newest poll (V7). */
  endPoll(headers: Record<string, string | undefined> = {}): void {
    this.#answer('', headers)
  }

  #answer(text: string, changed: Record<string, string | undefined>): void {
    const headers = {
      'x-nl-suspend-time-max': '300',
      'x-nl-service-timestamp': String(this.nowMs),
      'x-nl-defer-device-window': '15',
      'content-length': String(Buffer.byteLength(text)),
      ...changed,
    }
    const sent = Object.entries(headers).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    )
    this.answer('subscribe', text, 200, Object.fromEntries(sent))
  }
}

/** A bucket as the entry carries it (E7). */
export function entryBucket(revision: number, timestamp: number, value: object) {
  const { object_key: _key, ...fields } = object('', revision, timestamp, value)
  return fields
}
