/** A spreadsheet takes a text that begins so for a formula, and would run it. */
const FORMULA = /^[=+\-@\t\r]/
/** What a text needs quotes for. */
const SPECIAL = /[",\r\n]/

type CsvValue = string | number | boolean | null

/**
 * A table as comma-separated values (RFC 4180), safe to open in a spreadsheet: no text is taken for a formula.
 * Null is an empty cell.
 */
export function csv(head: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [head, ...rows].map((row) => row.map(cell).join(','))
  return `${lines.join('\r\n')}\r\n`
}

function cell(value: CsvValue): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** An instant as spreadsheets read it: `2025-10-09 08:53:20`, in a time zone that is told beside it. */
export function csvTime(atMs: number, offsetS: number): string {
  return new Date(atMs + offsetS * 1000).toISOString().slice(0, 19).replace('T', ' ')
}
