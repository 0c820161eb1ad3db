import type { Status } from '../../../api/shapes.ts'
import { maySend } from '../../state/permission.ts'
import { type Climate, climateOf, isSettable } from '../../state/shown-climate.ts'
import { wishFor } from '../../state/wishes.ts'

/** What a dial shows: what the server says, with what a person wishes for on this page. */
export interface Shown extends Climate {
  /** Whether this person can set the target now. */
  readonly isSettable: boolean
}

/** Reads signals: to be called in a computed one. */
export function shownOf(status: Status | undefined): Shown | undefined {
  if (status === undefined) return undefined
  const climate = climateOf(status)
  const canSet = isSettable(climate)
  const wish = canSet ? wishFor(status.serial).value : undefined
  return {
    ...climate,
    target: { ...climate.target, ...wish },
    isSettable: canSet && maySend(status),
  }
}
