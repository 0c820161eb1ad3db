/**
 * Copies a text. Browsers give the clipboard only to pages that they count as secure, and plain HTTP in a home is
 * none; there the older way is used.
 *
 * @param shown - an element that shows the text; selected where the person has to copy by hand
 * @returns whether it is copied
 */
export async function copyText(text: string, shown: Element | null): Promise<boolean> {
  try {
    // Undefined on plain HTTP, whatever the types say.
    await (navigator.clipboard as Clipboard | undefined)?.writeText(text)
    if (isSecureContext) return true
  } catch {
    // Refused by the person or the browser.
  }
  if (copyBySelection(text)) return true
  if (shown !== null) getSelection()?.selectAllChildren(shown)
  return false
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'heard'
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
