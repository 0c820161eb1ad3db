import { effect } from '@preact/signals'
import { nowMs } from './household.ts'
import { isRenewed } from './server-health.ts'

/** Loads the page anew once the server has another version, as soon as nothing is lost by it. */
export function followRenewal(): void {
  effect(() => {
    // Looked at again at each tick: an editor is left, a dialog closed, a field sent.
    if (nowMs.value > 0 && isRenewed.value && !isInUse()) location.reload()
  })
}

/** Whether a dialog is open, or something is typed or edited that is not sent. */
function isInUse(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'input:not([type=range], [type=checkbox], [type=radio]), textarea',
  )
  // An editor that would hold a person back from leaving holds this back as well.
  const isHeldBack = !dispatchEvent(new Event('beforeunload', { cancelable: true }))
  return (
    isHeldBack ||
    document.querySelector('dialog[open]') !== null ||
    [...fields].some(({ value, defaultValue }) => value !== defaultValue)
  )
}
