import { ENTRY_KEY_ALPHABET, ENTRY_KEY_LENGTH, normalizeCode } from './entry-key.ts'

/** An example of a code, for messages. */
export const EXAMPLE_CODE = 'A3X-R7M2'

/** Why a typed text cannot be a code. The words for it belong to whoever shows them. */
export type CodeFault =
  | { readonly fault: 'empty' }
  /** Signs that are neither letters nor digits. */
  | { readonly fault: 'signs'; readonly signs: readonly string[] }
  | { readonly fault: 'short' | 'long'; readonly length: number }
  /** The dash is in another place than after the third character. */
  | { readonly fault: 'dash' }

/** A code as a person types it: any case, with or without the dash, blanks anywhere; undefined for others. */
export function readCode(typed: string): string | undefined {
  return normalizeCode(tidy(typed))
}

/** What is wrong with a typed code; undefined when nothing is (`P2`). */
export function codeFault(typed: string): CodeFault | undefined {
  if (readCode(typed) !== undefined) return undefined
  const plain = plainSigns(typed)
  if (plain.length === 0 && !tidy(typed).includes('-')) return { fault: 'empty' }
  const wrong = [...new Set(plain)].filter((sign) => !/[A-Z0-9]/.test(sign))
  if (wrong.length > 0) return { fault: 'signs', signs: wrong.slice(0, 5) }
  const { length } = plain
  if (length === ENTRY_KEY_LENGTH) return { fault: 'dash' }
  return { fault: length < ENTRY_KEY_LENGTH ? 'short' : 'long', length }
}

/**
 * Letters and digits of a typed code that nle's codes never have, because they look like others (`P2`). They
 * are misread, unless the code is one that another server made before an import.
 */
export function misreadSigns(typed: string): string[] {
  return [...new Set(plainSigns(typed))].filter(
    (sign) => /[A-Z0-9]/.test(sign) && !ENTRY_KEY_ALPHABET.includes(sign),
  )
}

function plainSigns(typed: string): string[] {
  return [...tidy(typed).replaceAll('-', '')]
}

function tidy(typed: string): string {
  return typed
    .replace(/\s+/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toUpperCase()
}
