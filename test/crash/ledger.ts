import type { Change } from '../../src/protocol/delivery/change.ts'
import type { EntryKey } from '../../src/protocol/pairing/entry-key.ts'
import type { ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { Store } from '../../src/store/store.ts'

/** A version, as a receipt stated it. */
export interface Receipt {
  readonly revision: number
  readonly timestamp: number
}

/** The last put of one client. Each put writes the same number to all buckets of its thermostat. */
interface PutRecord {
  promised: number
  /** By object key; empty when the answer broke off after its status. */
  receipts: ReadonlyMap<string, Receipt>
  /** Sent and not answered: it may or may not be stored. */
  asked: number | undefined
}

interface Claim {
  readonly code: string
  readonly userId: string
}

interface ClaimRecord {
  /** The code the server gave to the thermostat and that is not claimed. */
  openCode: string | undefined
  promised: Claim | undefined
  asked: Claim | undefined
}

interface CommandRecord {
  readonly serial: string
  readonly command: string
  readonly fields: Readonly<Record<string, number | boolean>>
}

/** Fewer than the ended changes that the server keeps. */
const KEPT_COMMANDS = 2_000

/** No client waits so long for an answer. */
const LATE_MS = 30_000

/** The field that each put of the load writes. */
export const NUMBER_FIELD = 'put_number'

/**
 * What the server has promised, and what it was asked without an answer. The former must be stored
 * after every crash, the latter may be.
 */
export class Ledger {
  readonly counts = { puts: 0, claims: 0, codes: 0, commands: 0, unanswered: 0 }
  readonly #puts = new Map<string, PutRecord>()
  readonly #claims = new Map<string, ClaimRecord>()
  readonly #commands = new Map<number, CommandRecord>()
  /** By serial: the setpoints that clients sent. */
  readonly #asked = new Map<string, { readonly celsius: number; readonly atMs: number }[]>()

  /** The number for the next put of a thermostat. */
  putAsked(serial: string): number {
    const record = this.#put(serial)
    record.asked = record.promised + 1
    return record.asked
  }

  putPromised(serial: string, receipts: ReadonlyMap<string, Receipt>): void {
    const record = this.#put(serial)
    record.promised = record.asked ?? record.promised
    record.receipts = receipts
    record.asked = undefined
    this.counts.puts++
  }

  /** The user of the last claim that may be stored. */
  lastOwner(serial: string): string | undefined {
    const { asked, promised } = this.#claim(serial)
    return (asked ?? promised)?.userId
  }

  /** @returns what is wrong, empty when nothing is */
  codePromised(serial: string, code: string): string[] {
    const record = this.#claim(serial)
    const before = record.openCode
    record.openCode = code
    this.counts.codes++
    const isSame = before === undefined || before === code
    return isSame ? [] : [`P3: ${serial} was shown ${before}, and then ${code}`]
  }

  claimAsked(serial: string, claim: Claim): void {
    this.#claim(serial).asked = claim
  }

  claimPromised(serial: string): void {
    const record = this.#claim(serial)
    record.promised = record.asked
    record.asked = undefined
    record.openCode = undefined
    this.counts.claims++
  }

  /** A client sends a command now. */
  commandAsked(serial: string, { target_temperature: celsius }: CommandRecord['fields']): void {
    if (typeof celsius !== 'number') return
    const asked = this.#asked.get(serial) ?? []
    this.#asked.set(serial, asked)
    asked.push({ celsius, atMs: Date.now() })
    if (asked.length > KEPT_COMMANDS) asked.shift()
  }

  /**
   * Whether each setpoint on file was made while its client may have waited for it. A server that was paused with
   * the request must not carry it out after that: the client has set something else since.
   */
  checkTimes(serial: string, changes: readonly Change[]): string[] {
    return changes.flatMap(({ id, fields, createdAtMs }) => {
      const asked = this.#asked.get(serial) ?? []
      const same = asked.filter(
        ({ celsius, atMs }) => celsius === fields.target_temperature && atMs <= createdAtMs + 1_000,
      )
      const lateMs = createdAtMs - Math.max(...same.map(({ atMs }) => atMs))
      if (same.length === 0 || lateMs < LATE_MS) return []
      return [`change ${id} of ${serial} was made ${lateMs} ms after it was asked for`]
    })
  }

  commandPromised(changeId: number, command: CommandRecord): string[] {
    this.counts.commands++
    const known = this.#commands.get(changeId)
    this.#commands.set(changeId, command)
    for (const oldest of this.#commands.keys()) {
      if (this.#commands.size <= KEPT_COMMANDS) break
      this.#commands.delete(oldest)
    }
    return known === undefined ? [] : [`change ${changeId} was given to two commands`]
  }

  /** Compares with the store, and learns from it what became of requests without an answer. */
  async check(store: Store): Promise<string[]> {
    const failures: string[] = []
    for (const serial of [...this.#puts.keys(), ...this.#claims.keys()]) {
      failures.push(...(await this.checkOne(store, serial)))
    }
    for (const [id, record] of this.#commands) {
      failures.push(...checkCommand(await store.command(id), id, record))
    }
    return failures
  }

  /** The same for the puts and claims of one thermostat. */
  async checkOne(store: Store, serial: string): Promise<string[]> {
    const state = await store.load(serial)
    const [puts, claims] = [this.#puts.get(serial), this.#claims.get(serial)]
    return [
      ...(puts === undefined ? [] : this.#checkPuts(state, puts)),
      ...(claims === undefined ? [] : this.#checkClaims(state, claims)),
    ]
  }

  #checkPuts({ serial, buckets: all }: ThermostatState, record: PutRecord): string[] {
    const failures: string[] = []
    const buckets = putKeys(serial).map((key) => ({ key, stored: all.get(key) }))
    const numbers = new Set(buckets.map(({ stored }) => Number(stored?.value[NUMBER_FIELD] ?? 0)))
    const [number = 0] = numbers
    if (numbers.size > 1) failures.push(`${serial}: half of a put is stored: ${[...numbers]}`)
    if (number !== record.promised && number !== record.asked) {
      failures.push(`${serial}: put ${record.promised} was promised, ${number} is stored`)
    }
    for (const { key, stored } of buckets) {
      const receipt = record.receipts.get(key)
      if (receipt === undefined) continue
      const steps = number === record.promised ? 0 : 1
      const { revision = 0, timestamp = 0 } = stored ?? {}
      const isRight =
        revision === receipt.revision + steps &&
        (steps === 0 ? timestamp === receipt.timestamp : timestamp > receipt.timestamp)
      if (isRight) continue
      const wanted = `${receipt.revision}/${receipt.timestamp} and ${steps} more`
      failures.push(`${key}: ${wanted} promised, ${revision}/${timestamp} is stored`)
    }
    if (record.asked !== undefined) this.counts.unanswered++
    record.promised = number
    record.asked = undefined
    record.receipts = new Map(
      buckets.flatMap(({ key, stored }) => (stored === undefined ? [] : [[key, stored]])),
    )
    return failures
  }

  #checkClaims(state: ThermostatState, record: ClaimRecord): string[] {
    const { serial } = state
    const { asked } = record
    const wasDone = asked !== undefined && keyOf(state, asked.code)?.claimedBy != null
    if (asked !== undefined) this.counts.unanswered++
    if (wasDone) {
      record.promised = asked
      record.openCode = undefined
    }
    record.asked = undefined
    const failures: string[] = []
    if (record.openCode !== undefined && keyOf(state, record.openCode) === undefined) {
      failures.push(`${serial}: its code ${record.openCode} is not stored`)
    }
    return record.promised === undefined
      ? failures
      : [...failures, ...claimFailures(state, record.promised)]
  }

  #put(serial: string): PutRecord {
    const record = this.#puts.get(serial) ?? { promised: 0, receipts: new Map(), asked: undefined }
    this.#puts.set(serial, record)
    return record
  }

  #claim(serial: string): ClaimRecord {
    const record = this.#claims.get(serial) ?? {
      openCode: undefined,
      promised: undefined,
      asked: undefined,
    }
    this.#claims.set(serial, record)
    return record
  }
}

/** The keys of the buckets that each put of the load writes. */
export function putKeys(serial: string): string[] {
  return [`shared.${serial}`, `device.${serial}`]
}

/** Checks the three effects of a claim (`P9`), and that the thermostat has no other owner. */
function claimFailures(state: ThermostatState, { code, userId }: Claim): string[] {
  const { serial, buckets, device } = state
  const key = keyOf(state, code)
  const owner = state.owner?.userId
  const users = [...buckets.keys()].filter((each) => each.startsWith('user.'))
  const listed = buckets.get(device?.structureKey ?? '')?.value.devices
  const wrong = [
    key?.claimedBy === userId ? '' : `the key is claimed by ${key?.claimedBy}`,
    owner === userId ? '' : `the owner is ${owner}`,
    users.join() === `user.${userId}` ? '' : `the user buckets are ${users.join()}`,
    Array.isArray(listed) && listed.includes(serial) ? '' : `the structure bucket is ${listed}`,
  ].filter((what) => what !== '')
  return wrong.map((what) => `${serial} was claimed by ${userId} with ${code}, but ${what}`)
}

function keyOf({ entryKeys }: ThermostatState, code: string): EntryKey | undefined {
  return entryKeys.find((key) => key.code === code)
}

function checkCommand(
  all: readonly Change[],
  id: number,
  { serial, command, fields }: CommandRecord,
): string[] {
  const changes = all.filter((change) => change.serial === serial)
  const [first] = changes
  if (first?.command !== command) return [`change ${id} (${command} of ${serial}) is lost`]
  return changes.flatMap(({ state, reason, fields: kept }) => {
    if (state === 'expired' || state === 'ignored') return [`change ${id} is ${state}: ${reason}`]
    if (state === 'superseded') return []
    const wrong = Object.entries(fields).filter(
      ([field, value]) => Object.hasOwn(kept, field) && kept[field] !== value,
    )
    return wrong.map(([field]) => `change ${id} sets ${field} to ${kept[field]}`)
  })
}
