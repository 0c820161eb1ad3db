import { access, mayControl } from '../state/household.ts'
import { TEXTS } from '../texts.ts'

/** Says once for a view why its controls are disabled; nothing when they are not. */
export function AccessNote() {
  if (access.value === undefined || mayControl()) return null
  return <p class="notice">{TEXTS.access.readOnly}</p>
}
