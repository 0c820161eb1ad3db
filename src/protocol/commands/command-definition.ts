import type { JsonObject } from '../bucket.ts'
import type { NewChange } from '../delivery/change.ts'
import type { DeviceView } from '../view/device-view.ts'

/** What a command does: the changes to queue, and the changes to cancel. */
export interface CommandPlan {
  /** At least one; the first is the subject of the command. */
  readonly changes: readonly NewChange[]
  /** Fields, by object key, that open changes should no longer set. */
  readonly cancels: Readonly<Record<string, readonly string[]>>
  /** The bucket of the first change: `data.object_key` of the answer. */
  readonly objectKey: string
  /** What it sets there: `data.values` of the answer. */
  readonly values: JsonObject
}

/** A change as one command plans it; the table adds the command's name. */
export type PlannedChange = Omit<NewChange, 'command'>

export interface CommandDefinition {
  /** The allowed values, for people. */
  readonly describe: string
  /**
   * @param value - unchecked
   * @throws NleError `invalid`, naming the field and what it may be
   */
  readonly plan: (value: unknown, view: DeviceView) => Plan
}

export interface Plan {
  readonly changes: readonly [PlannedChange, ...PlannedChange[]]
  readonly cancels?: CommandPlan['cancels']
}

/** The wall clock in Unix seconds, as thermostats count it. */
export function unixSeconds(view: DeviceView): number {
  return Math.floor(view.nowMs / 1000)
}

/**
 * Marks a command as given from outside (`set_temperature` of section 9). The push updates its time
 * (`D5`).
 */
export function touchedByApp(view: DeviceView): JsonObject {
  return { touched_by: 3, touched_at: unixSeconds(view), touched_user_id: '' }
}
