/** A text with a full stop, so that another sentence may follow it. */
export function sentenceOf(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
