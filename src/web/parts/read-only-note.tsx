import { access } from '../state/household.ts'
import { TEXTS } from '../texts.ts'

/** Says once in a view why its controls are disabled. */
export function ReadOnlyNote() {
  if (access.value?.scope !== 'read') return null
  return <p class="notice">{TEXTS.shell.mayOnlyRead}</p>
}
