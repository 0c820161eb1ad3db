import type { Answer } from '../../../api/endpoints.ts'
import { codeFault, misreadSigns } from '../../../protocol/pairing/code-fault.ts'
import { displayCode, ENTRY_KEY_LENGTH } from '../../../protocol/pairing/entry-key.ts'
import { TEXTS } from '../../texts.ts'

const { pair: texts } = TEXTS

/** What is said below the code field, and whether it is a fault. */
export interface CodeHint {
  readonly text: string
  readonly isFault: boolean
}

/**
 * What is wrong with the code that is being typed, or how far it is.
 *
 * @param isDone - the person has pressed the button or left the field: too short is a fault then
 */
export function codeHint(typed: string, isDone: boolean): CodeHint {
  const found = codeFault(typed)
  const misread = misreadSigns(typed)
  switch (found?.fault) {
    case 'empty':
      return isDone ? fault(texts.empty) : { text: texts.optional, isFault: false }
    case 'signs':
      return fault(texts.signs(listed(found.signs.map((sign) => `“${sign}”`))))
    case 'long':
      return fault(texts.long(found.length, ENTRY_KEY_LENGTH))
    case 'dash':
      return fault(texts.dash)
  }
  if (misread.length > 0) return fault(texts.misread(listed(misread)))
  if (found === undefined) return { text: texts.complete, isFault: false }
  return isDone
    ? fault(texts.short(found.length, ENTRY_KEY_LENGTH))
    : { text: texts.counted(found.length, ENTRY_KEY_LENGTH), isFault: false }
}

/** Why the server did not take a code, and what to do. */
export function refusalOfCode(
  { reason }: Extract<Answer<'registerDevice'>, { success: false }>,
  code: string,
): string {
  return texts[reason](displayCode(code))
}

function fault(text: string): CodeHint {
  return { text, isFault: true }
}

function listed(signs: readonly string[]): string {
  return signs.length < 2
    ? signs.join('')
    : `${signs.slice(0, -1).join(', ')}${texts.or}${signs.at(-1)}`
}
