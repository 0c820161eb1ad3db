import { NleError } from '../../errors.ts'
import type { Draft } from '../thermostat/draft.ts'
import { type Change, isOpenChange } from './change.ts'

/** The changes of one thermostat that are on their way or tracked, at most: every setting twice. */
const MAX_CHANGES = 128
/** All of them together, as JSON text: the largest schedule has 147 kB. */
const MAX_CHANGES_LENGTH = 256 * 1024

/** What a change takes, as JSON text. */
export function lengthOf({ fields }: Pick<Change, 'fields'>): number {
  return JSON.stringify(fields).length
}

/**
 * Limits the changes of a thermostat, which may be made up and never confirm one. Changes that have ended are
 * no longer tracked then, the oldest first; those that are on their way stay.
 *
 * @throws NleError `rate_limited` when too many are on their way
 */
export function checkChangeRoom(draft: Draft): void {
  const { changes } = draft
  let count = changes.length
  let length = changes.reduce((sum, change) => sum + lengthOf(change), 0)
  const isOver = (): boolean => count > MAX_CHANGES || length > MAX_CHANGES_LENGTH
  for (const change of changes) {
    if (!isOver()) return
    if (isOpenChange(change)) continue
    draft.saveChange({ ...change, settled: true })
    count -= 1
    length -= lengthOf(change)
  }
  if (!isOver()) return
  throw new NleError(
    'rate_limited',
    'Too many commands wait for this thermostat. Try again when it has taken some.',
    { details: { retryAfterS: 60 } },
  )
}
