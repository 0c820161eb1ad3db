import type { JsonObject } from '../bucket.ts'
import type { NewChange } from '../delivery/change.ts'
import type { GivenBy } from '../setpoint.ts'
import type { GivenName } from '../thermostat/state.ts'
import type { DeviceView } from '../view/device-view.ts'

/** A change as one command plans it; the table adds the command's name. */
type PlannedChange = Omit<NewChange, 'command'>

/** What a command does: the changes to queue, and the changes to cancel. */
export interface Plan {
  /** The first is the subject of the command. */
  readonly changes: readonly [PlannedChange, ...PlannedChange[]]
  /** Fields, by object key, that open changes should no longer set. */
  readonly cancels?: Readonly<Record<string, readonly string[]>>
  /** The name that is kept here from now on; null takes it back. */
  readonly givenName?: GivenName | null
  /** Whether a temperature differs from the one that was given. */
  readonly clamped?: boolean
}

export interface CommandDefinition {
  /** The allowed values, for people. */
  readonly describe: string
  /**
   * @param value - unchecked
   * @throws NleError `invalid`, naming the field and what it may be
   */
  readonly plan: (value: unknown, view: DeviceView, givenBy: GivenBy) => Plan
}

export function change(
  kind: NewChange['kind'],
  objectKey: string,
  fields: JsonObject,
  lifetimeMs?: number | null,
): PlannedChange {
  return { objectKey, fields, kind, ...(lifetimeMs === undefined ? {} : { lifetimeMs }) }
}

/** The wall clock in Unix seconds, as thermostats count it. */
export function unixSeconds(view: DeviceView): number {
  return Math.floor(view.nowMs / 1000)
}
