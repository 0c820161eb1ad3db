import type { Change } from '../../src/protocol/delivery/change.ts'
import type { CommandParts } from '../../src/protocol/delivery/change-report.ts'
import type { DeviceRecord, ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { BucketRow } from '../../src/store/bucket-row.ts'
import type { NetWrites } from '../../src/store/postgres/net-writes.ts'
import {
  type ChangeRecord,
  changeOf,
  changeRow,
  type KeyRow,
  keyRow,
  type ThermostatRow,
  thermostatRow,
} from '../../src/store/postgres/records.ts'
import type { LoadedRow } from '../../src/store/postgres/states.ts'

/** The rows of one thermostat. */
interface ThermostatRows {
  version: number
  row: ThermostatRow & { readonly password: string | null }
  readonly keys: Map<string, KeyRow>
  readonly buckets: Map<string, BucketRow>
  readonly changes: Map<number, ChangeRecord>
}

/** What PostgreSQL would have on file, in the rows that the engine writes. */
export class SimRows {
  readonly #thermostats = new Map<string, ThermostatRows>()
  #lastVersion = 0
  /** Every change ever, as it was written last. */
  readonly changes = new Map<number, Change>()
  latestChangeId = 0

  get serials(): string[] {
    return [...this.#thermostats.keys()]
  }

  has(serial: string): boolean {
    return this.#thermostats.has(serial)
  }

  versionOf(serial: string): number | undefined {
    return this.#thermostats.get(serial)?.version
  }

  /** As `LOAD`. */
  load(serials: readonly string[], known: readonly (number | null)[]): LoadedRow[] {
    return serials.flatMap((serial, index): LoadedRow[] => {
      const rows = this.#thermostats.get(serial)
      if (rows === undefined) return []
      const { version, row } = rows
      const isKnown = known[index] === version
      if (isKnown) return [{ ...row, version, isKnown, keys: null, buckets: null, changes: null }]
      const changes = [...rows.changes.values()].filter(({ settled }) => !settled)
      const { keys, buckets } = rows
      return [
        { ...row, version, isKnown, keys: [...keys.values()], buckets: sorted(buckets), changes },
      ]
    })
  }

  /** As `writeRows`, once the rows are locked: the new versions, without those that somebody else wrote. */
  write(batch: readonly NetWrites[]): Map<string, number> {
    const versions = new Map<string, number>()
    for (const net of batch) {
      const { serial, version, state, isRemoved } = net
      const before = this.#thermostats.get(serial)
      if (before?.version !== version) continue
      if (isRemoved) {
        this.#thermostats.delete(serial)
        versions.set(serial, 0)
      } else if (state.device !== undefined) {
        const written = this.#writeOne(net, before, { ...state, device: state.device })
        versions.set(serial, written)
      }
    }
    return versions
  }

  #writeOne(
    net: NetWrites,
    before: ThermostatRows | undefined,
    state: ThermostatState & { readonly device: DeviceRecord },
  ): number {
    const row = thermostatRow(state)
    const lastSeenAtMs = Math.max(before?.row.lastSeenAtMs ?? 0, row.lastSeenAtMs)
    const rows = before ?? { keys: new Map(), buckets: new Map(), changes: new Map() }
    const version = ++this.#lastVersion
    this.#thermostats.set(net.serial, { ...rows, version, row: { ...row, lastSeenAtMs } })
    for (const code of net.deletedKeys) rows.keys.delete(code)
    for (const key of net.keys.values()) rows.keys.set(key.code, keyRow(key))
    for (const objectKey of net.deletedBuckets) rows.buckets.delete(objectKey)
    for (const { bucket, text } of net.buckets.values()) {
      const { objectKey, revision, timestamp } = bucket
      rows.buckets.set(objectKey, { objectKey, revision, timestamp, value: text })
    }
    for (const change of net.changes.values()) {
      rows.changes.set(change.id, changeRow(change))
      this.changes.set(change.id, change)
    }
    return version
  }

  /** A key by its code. */
  key(code: string): KeyRow | undefined {
    for (const { keys } of this.#thermostats.values()) {
      const key = keys.get(code)
      if (key !== undefined) return key
    }
    return undefined
  }

  /** As `serialsWithExpiredKey`. */
  withExpiredKey(steadyMs: number): string[] {
    return this.#where(({ keys }) => {
      const open = [...keys.values()].filter(({ claimedAtMs }) => claimedAtMs === null)
      return open.length > 0 && open.every(({ expiresAtSteadyMs }) => expiresAtSteadyMs <= steadyMs)
    })
  }

  /** As `serialsWithOverdueChange`. */
  withOverdueChange(steadyMs: number): string[] {
    return this.#where(({ changes }) =>
      [...changes.values()].some(
        ({ settled, state, expiresAtSteadyMs }) =>
          !settled &&
          (state === 'queued' || state === 'sent') &&
          expiresAtSteadyMs !== null &&
          expiresAtSteadyMs <= steadyMs,
      ),
    )
  }

  unpaired(): string[] {
    return this.#where(({ row }) => row.userId === null)
  }

  lastSeen(serial: string): number | undefined {
    return this.#thermostats.get(serial)?.row.lastSeenAtMs
  }

  /** As `recordSeen`: the version stays. */
  noteSeen(serial: string, atMs: number): void {
    const rows = this.#thermostats.get(serial)
    if (rows === undefined || rows.row.lastSeenAtMs >= atMs) return
    rows.row = { ...rows.row, lastSeenAtMs: Math.floor(atMs) }
  }

  /** As `recentCommands` of one thermostat. */
  recentCommands(serial: string | undefined, limit: number): CommandParts[] {
    const rows = [...(this.#thermostats.get(serial ?? '')?.changes.values() ?? [])]
    const newest = [...Map.groupBy(rows, ({ commandId }) => commandId)]
      .sort(([a], [b]) => b - a)
      .slice(0, limit)
    return newest.flatMap(([, parts]) => {
      const [first, ...others] = parts.map(changeOf)
      return first === undefined ? [] : [[first, ...others] as const]
    })
  }

  #where(isMeant: (rows: ThermostatRows) => boolean): string[] {
    return [...this.#thermostats].filter(([, rows]) => isMeant(rows)).map(([serial]) => serial)
  }
}

function sorted(buckets: ReadonlyMap<string, BucketRow>): BucketRow[] {
  return [...buckets.values()].sort((a, b) => (a.objectKey < b.objectKey ? -1 : 1))
}
