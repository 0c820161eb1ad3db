import { COMPANION_FIELDS, isObject, type JsonObject, sameValue } from '../bucket.ts'
import {
  type Change,
  isCrossed,
  isOpenChange,
  primaryFields,
  sameMeaning,
} from '../delivery/change.ts'
import { isServerWritable } from './writable-fields.ts'

/** What a write of the thermostat tells. */
interface Told {
  readonly value: JsonObject
  /** The revision that it builds on; undefined when the thermostat does not say. */
  readonly baseRevision?: number | undefined
}

/** The fields of a change that the thermostat has set otherwise. */
export interface Overruled {
  readonly fields: ReadonlySet<string>
  /** The write was on its way when the push arrived, so the thermostat may have either value (`D1`). */
  readonly crossed: boolean
}

const NOTHING: Overruled = { fields: new Set(), crossed: false }

/** The clocks of thermostat and server may differ by this; seconds. */
const CLOCKS_DIFFER_S = 2
/** Times further apart than this come from a wrong clock and tell nothing; seconds. */
const COMPARABLE_S = 600

/**
 * Which fields of an open change a write overrules: the dial always wins (`D1`). docs/delivery.md has the
 * evidence as a table. A write that builds on the push is none of this function's business: that push has
 * arrived.
 *
 * @param stored - the value on file
 * @param tracked - all tracked changes of the bucket
 */
export function overruledBy(
  change: Change,
  write: Told,
  stored: JsonObject,
  tracked: readonly Change[],
): Overruled {
  const { value, baseRevision } = write
  const differing = primaryFields(change).filter(
    (field) =>
      Object.hasOwn(value, field) &&
      !sameMeaning(field, value[field], change.fields[field]) &&
      !(field === 'eco' && isEcoBefore(value, change.createdAtMs)),
  )
  const isWhole = isWholeUpload(change, value, stored)
  // Of a bucket that is not on file, a first upload tells nothing about a turn.
  const isNew = (field: string): boolean =>
    Object.hasOwn(stored, field) ? !sameMeaning(field, value[field], stored[field]) : !isWhole
  // Nothing of it is on the thermostat: what repeats the value on file is no turn of the dial.
  if (change.push === null) return { fields: new Set(differing.filter(isNew)), crossed: false }
  const acknowledges = !isWhole && acknowledgesToo(change, value, stored, tracked)
  const turned = acknowledges ? 'after the push' : turnedWhen(change, value)
  if (turned === 'before the command') return NOTHING
  const isRepeat = isWhole || sameTurn(value, stored)
  const overrules = (field: string): boolean =>
    turned === 'after the push' ||
    (!isEcho(field, change, value, tracked) && (isNew(field) || !isRepeat))
  const isOlderBase = baseRevision !== undefined && baseRevision < change.push.revision
  const fields = new Set(differing.filter(overrules))
  // Also when the turn is later than the first push: a copy of it may have been on its way.
  return { fields, crossed: fields.size > 0 && isOlderBase && !acknowledges }
}

/**
 * Whether a write repeats the bucket: most of the settings on file, and more than the change is about. A
 * thermostat uploads like this after a boot, so a value on file that is repeated cancels nothing (`D1`).
 */
function isWholeUpload(change: Change, value: JsonObject, stored: JsonObject): boolean {
  const settings = Object.keys(stored).filter(
    (field) => !COMPANION_FIELDS.has(field) && isServerWritable(change.objectKey, field),
  )
  const repeated = settings.filter((field) => Object.hasOwn(value, field))
  const tellsMore = Object.keys(value).some(
    (field) => !COMPANION_FIELDS.has(field) && !Object.hasOwn(change.fields, field),
  )
  return tellsMore && (settings.length === 0 || repeated.length * 2 > settings.length)
}

/** Whether the write acknowledges this command beside a value, which is then later than the push. */
function acknowledgesToo(
  change: Change,
  value: JsonObject,
  stored: JsonObject,
  tracked: readonly Change[],
): boolean {
  const isPending = ({ push, fields }: Change): boolean =>
    push !== null && fields.target_change_pending === true
  // It may acknowledge an earlier command instead.
  const earlier = tracked.some((other) => other.id !== change.id && isPending(other))
  return (
    value.target_change_pending === false &&
    isPending(change) &&
    !earlier &&
    stored.target_change_pending !== true
  )
}

/** When the setpoint was touched, as the thermostat tells; undefined when that decides nothing. */
function turnedWhen(
  change: Change,
  value: JsonObject,
): 'before the command' | 'after the push' | undefined {
  const { touched_by: touch } = value
  if (change.kind !== 'setpoint' || !isObject(touch)) return undefined
  const { touched_at: atS } = touch
  if (typeof atS !== 'number') return undefined
  const commandedS = Math.floor(change.createdAtMs / 1000)
  const pushedS = Math.floor((change.push?.stampedAtMs ?? change.createdAtMs) / 1000)
  if (atS < commandedS - CLOCKS_DIFFER_S && atS > commandedS - COMPARABLE_S) {
    return 'before the command'
  }
  return atS > pushedS && atS < pushedS + COMPARABLE_S ? 'after the push' : undefined
}

/** Whether the write tells of the turn that is on file: a repeated or late copy. */
function sameTurn({ touched_by: touch }: JsonObject, stored: JsonObject): boolean {
  return isObject(touch) && 'touched_at' in touch && sameValue(touch, stored.touched_by)
}

/** Whether the value is that of an earlier command, which the thermostat has taken meanwhile. */
function isEcho(
  field: string,
  change: Change,
  value: JsonObject,
  tracked: readonly Change[],
): boolean {
  return tracked.some(
    (other) =>
      other.id < change.id &&
      other.push !== null &&
      !isOpenChange(other) &&
      !isCrossed(other) &&
      Object.hasOwn(other.fields, field) &&
      sameMeaning(field, value[field], other.fields[field]),
  )
}

/**
 * Whether the reported eco mode is older than a command. It then answers an earlier command, crossed
 * this one on the way, and overrules nothing.
 */
function isEcoBefore({ eco }: JsonObject, commandedAtMs: number): boolean {
  const atS = isObject(eco) ? eco.mode_update_timestamp : undefined
  return typeof atS === 'number' && atS <= Math.floor(commandedAtMs / 1000)
}

/**
 * An ended change after a write, if what the thermostat has of it is open (`awaitsUpload`): its values
 * confirm it, other values settle that it has not taken it, and a late acknowledgment shows that the push
 * stands.
 *
 * @param storedRevision - of the bucket before this write
 * @returns the change as it is now; `confirmed` tells that the thermostat has it
 */
export function settleByWrite(
  change: Change,
  write: Told,
  storedRevision: number,
  tracked: readonly Change[],
): { readonly change: Change; readonly confirmed: boolean } {
  const { value, baseRevision } = write
  const unchanged = { change, confirmed: false }
  const primary = primaryFields(change)
  const told = primary.filter((field) => Object.hasOwn(value, field))
  if (told.length === 0) {
    const confirmed = isCrossed(change) && acknowledgesLate(change, write, tracked)
    return { change, confirmed }
  }
  // A copy of the write that crossed the push, or of an earlier one, tells nothing new.
  if (baseRevision !== undefined && baseRevision < storedRevision) return unchanged
  if (told.some((field) => !sameMeaning(field, value[field], change.fields[field]))) {
    return { change: { ...change, settled: true }, confirmed: false }
  }
  return { change, confirmed: told.length === primary.length }
}

/** Whether the write acknowledges a command whose push was crossed: the thermostat has taken the push. */
function acknowledgesLate(
  change: Change,
  { value, baseRevision }: Told,
  tracked: readonly Change[],
): boolean {
  const isAboutAnother = tracked.some(
    (other) => isOpenChange(other) && other.fields.target_change_pending === true,
  )
  return (
    value.target_change_pending === false &&
    change.fields.target_change_pending === true &&
    baseRevision !== undefined &&
    baseRevision >= (change.push?.revision ?? 0) &&
    !isAboutAnother
  )
}
