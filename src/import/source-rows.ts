import { count } from '../protocol/bucket.ts'
import { isUserId, toSerial, USER_ID_RULE } from '../protocol/identity.ts'
import type { SourceData } from './source.ts'

/** Rows of a table that are not imported, and why. */
export interface Leftover {
  readonly table: string
  readonly rows: number
  readonly reason: string
}
export type Leftovers = readonly Leftover[]

/** Counts the rows that are not imported. */
export type Tally = ReturnType<typeof tallyOf>

/** The tables of the other server that nle has no use for. */
const UNUSED: Readonly<Record<string, string>> = {
  deviceShares: 'nle knows one owner per thermostat, and no shares',
  deviceShareInvites: 'nle knows one owner per thermostat, and no shares',
  seviceShareInvites: 'nle knows one owner per thermostat, and no shares',
  apiKeys: 'keys of the other control API; only their hashes are on file',
  weather: 'a cache; it fills itself again',
  logs: 'debug records',
  sessions: 'connections of the past',
}

/** A tally that starts with the tables that are not read; empty tables are not listed. */
export function tallyOf(others: SourceData['others']) {
  const counts = new Map<string, Leftover>()
  const leave = (table: string, reason: string, rows = 1): void => {
    const key = `${table} ${reason}`
    counts.set(key, { table, reason, rows: (counts.get(key)?.rows ?? 0) + rows })
  }
  for (const { table, rows } of others) {
    if (rows > 0) leave(table, UNUSED[table] ?? 'nle does not know this table', rows)
  }
  return { leave, all: (): Leftovers => [...counts.values()] }
}

/**
 * Groups rows by thermostat, by the canonical form of its serial (`I3`); `serials` are all that a row
 * names.
 */
export function identifyRows(source: SourceData, tally: Tally) {
  const states = bySerial('states', source.states, tally)
  const entryKeys = bySerial('entryKeys', source.entryKeys, tally)
  const owners = new Map<string, { userId: string; createdAtMs: number }>()
  for (const [serial, rows] of bySerial('deviceOwners', source.owners, tally)) {
    for (const { userId, createdAt } of rows) {
      if (typeof userId === 'string' && isUserId(userId)) {
        owners.set(serial, { userId, createdAtMs: count(createdAt) })
      } else tally.leave('deviceOwners', `not a user id: ${USER_ID_RULE}`)
    }
  }
  const serials = new Set([...states.keys(), ...owners.keys(), ...entryKeys.keys()])
  return { serials, states, owners, entryKeys }
}

function bySerial<Row extends { readonly serial: unknown }>(
  table: string,
  rows: readonly Row[],
  tally: Tally,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const text = typeof row.serial === 'string' ? row.serial : ''
    const serial = toSerial(text)
    if (serial === undefined) tally.leave(table, whyNoSerial(text))
    else groups.set(serial, [...(groups.get(serial) ?? []), row])
  }
  return groups
}

/** Some firmware builds name themselves by their MAC address, and the other server stored that. */
function whyNoSerial(text: string): string {
  return /^(mac_alias\.)?[0-9a-f]{12}$/i.test(text.trim())
    ? 'filed under a MAC address, not under a thermostat'
    : 'no valid serial'
}
