import { lengthOf } from '../../protocol/delivery/change-room.ts'
import { emptyState, type ThermostatState } from '../../protocol/thermostat/state.ts'
import { shownCost, shownState } from '../../protocol/view/shown-state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import { type BucketRow, storedBucket } from '../bucket-row.ts'
import { StateCache } from '../state-cache.ts'
import type { EngineTime } from './engine-time.ts'
import {
  type ChangeRecord,
  changeOf,
  type KeyRow,
  keyOf,
  passwordOf,
  summaryOf,
  THERMOSTAT,
  type ThermostatRow,
} from './records.ts'

/** A few thousand thermostats with the 10 kB of buckets that real ones have, characters. */
const STATES_COST = 50_000_000
const SHOWN_COST = 20_000_000

/** The state of a thermostat as it is on file. */
export interface VersionedState {
  readonly serial: string
  /** Undefined for a thermostat that is not on file. */
  readonly version: number | undefined
  readonly state: ThermostatState
}

interface Known extends VersionedState {
  readonly version: number
  /** When this process first had this version, on the engine's clock. */
  readonly sinceMs: number
}

interface Shown {
  readonly serial: string
  readonly version: number
  readonly sinceMs: number
  readonly state: ViewedState
}

export interface LoadedRow extends ThermostatRow {
  readonly version: number
  readonly password: string | null
  /** All of them null when this process has this version. */
  readonly keys: readonly KeyRow[] | null
  readonly buckets: readonly BucketRow[] | null
  readonly changes: readonly ChangeRecord[] | null
  readonly isKnown: boolean
}

/**
 * Everything about these thermostats in one statement, so that it is of one instant. What this process has in the
 * same version is not sent again.
 */
export const LOAD = `
  WITH asked AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS a (asked_serial, known))
  SELECT ${THERMOSTAT}, version, version = known AS "isKnown", password,
    CASE WHEN version = known THEN NULL ELSE (
      SELECT json_agg(json_build_object('code', code, 'serial', serial,
          'expiresAtSteadyMs', expires_at_steady_ms, 'claimedAtMs', claimed_at_ms, 'record', record)
        ORDER BY position)
      FROM entry_keys k WHERE k.serial = t.serial) END AS keys,
    CASE WHEN version = known THEN NULL ELSE (
      SELECT json_agg(json_build_object('objectKey', object_key, 'revision', revision,
          'timestamp', timestamp, 'value', value) ORDER BY object_key)
      FROM buckets b WHERE b.serial = t.serial) END AS buckets,
    CASE WHEN version = known THEN NULL ELSE (
      SELECT json_agg(json_build_object('id', id, 'commandId', command_id, 'serial', serial,
          'kind', kind, 'state', state, 'settled', settled,
          'expiresAtSteadyMs', expires_at_steady_ms, 'endedAtMs', ended_at_ms, 'fields', fields,
          'record', record) ORDER BY id)
      FROM changes c WHERE c.serial = t.serial AND NOT settled) END AS changes
  FROM asked JOIN thermostats t ON t.serial = asked_serial`

type StatesTime = Pick<EngineTime, 'steadyMs' | 'atTurnEnd'>

/**
 * Carries out `LOAD`.
 *
 * @param known - the version that this process has of each; null for none
 */
export type LoadStates = (
  serials: readonly string[],
  known: readonly (number | null)[],
) => Promise<LoadedRow[]>

/**
 * The states that this process has read or written. Each use asks the database for the version on file, in one query
 * for all uses of a turn, and for the state when the version is another one: other processes write, too.
 */
export class States {
  readonly #load: LoadStates
  readonly #time: StatesTime
  readonly #states = new StateCache<Known>(STATES_COST, ({ state }) => costOf(state))
  readonly #shown = new StateCache<Shown>(SHOWN_COST, ({ state }) => shownCost(state))
  #asked = new Map<
    string,
    { known: number | undefined; told: PromiseWithResolvers<LoadedRow | undefined> }
  >()

  constructor(load: LoadStates, time: StatesTime) {
    this.#load = load
    this.#time = time
  }

  async load(serial: string): Promise<VersionedState> {
    const known = this.#states.get(serial)
    const row = await this.#ask(serial, known?.version)
    if (row === undefined) {
      this.forget(serial)
      return { serial, version: undefined, state: emptyState(serial) }
    }
    if (row.isKnown && known !== undefined) return withLastSeen(known, row.lastSeenAtMs)
    // Two uses in a turn may know different versions.
    if (row.isKnown) return this.load(serial)
    return this.#keep(row)
  }

  async shown(serial: string): Promise<ViewedState> {
    const known = this.#shown.get(serial)
    const row = await this.#ask(serial, known?.version)
    if (row === undefined) {
      this.forget(serial)
      return shownState(emptyState(serial))
    }
    if (row.isKnown && known !== undefined) return withSeen(known.state, row.lastSeenAtMs)
    const { state } = row.isKnown ? await this.load(serial) : this.#keep(row)
    const sinceMs = this.#time.steadyMs()
    const shown = { serial, version: row.version, sinceMs, state: shownState(state) }
    this.#shown.set(shown)
    return shown.state
  }

  /** The state as this process has read or written it last: another process may have written since. */
  remembered(serial: string): VersionedState | undefined {
    return this.#states.get(serial)
  }

  /**
   * The version that this process has read or written last, and when it first had it, on the engine's clock; undefined
   * when it does not remember.
   */
  known(serial: string): { readonly version: number; readonly sinceMs: number } | undefined {
    return this.#states.get(serial) ?? this.#shown.get(serial)
  }

  written(serial: string, version: number, state: ThermostatState): void {
    this.#states.set({ serial, version, state, sinceMs: this.#time.steadyMs() })
  }

  forget(serial: string): void {
    this.#states.delete(serial)
    this.#shown.delete(serial)
  }

  #keep(row: LoadedRow): VersionedState {
    const sinceMs = this.#time.steadyMs()
    const loaded = { serial: row.serial, version: row.version, state: stateOf(row), sinceMs }
    this.#states.set(loaded)
    return loaded
  }

  /** Asks with the next query, which begins after this call: it sees what was committed until now. */
  #ask(serial: string, known: number | undefined): Promise<LoadedRow | undefined> {
    if (this.#asked.size === 0) this.#time.atTurnEnd(() => void this.#query())
    const asked = this.#asked.get(serial) ?? { known, told: Promise.withResolvers() }
    // Who knows another version than the first one to ask, gets all of it.
    const agreed = asked.known === known ? known : undefined
    this.#asked.set(serial, { ...asked, known: agreed })
    return asked.told.promise
  }

  async #query(): Promise<void> {
    const asked = this.#asked
    this.#asked = new Map()
    try {
      const rows = await this.#load(
        [...asked.keys()],
        [...asked.values()].map(({ known }) => known ?? null),
      )
      const bySerial = new Map(rows.map((row) => [row.serial, row]))
      for (const [serial, { told }] of asked) told.resolve(bySerial.get(serial))
    } catch (error) {
      for (const { told } of asked.values()) told.reject(error)
    }
  }
}

/** The state in a row that is not `isKnown`. */
export function stateOf(row: LoadedRow): ThermostatState {
  return {
    ...summaryOf(row),
    password: passwordOf(row.password),
    entryKeys: (row.keys ?? []).map(keyOf),
    buckets: new Map(
      (row.buckets ?? []).map((each) => [each.objectKey, storedBucket(each, JSON.parse)]),
    ),
    changes: (row.changes ?? []).map(changeOf),
  }
}

/** When a thermostat was seen moves on without a new version. */
function withLastSeen(loaded: VersionedState, lastSeenAtMs: number): VersionedState {
  const state = withSeen(loaded.state, lastSeenAtMs)
  return state === loaded.state ? loaded : { ...loaded, state }
}

function withSeen<State extends ViewedState>(state: State, lastSeenAtMs: number): State {
  const { device } = state
  return device === undefined || device.lastSeenAtMs === lastSeenAtMs
    ? state
    : { ...state, device: { ...device, lastSeenAtMs } }
}

function costOf({ buckets, changes }: ThermostatState): number {
  let length = 0
  for (const bucket of buckets.values()) length += bucket.length
  for (const change of changes) length += lengthOf(change)
  return length
}
