import { parseEnv } from 'node:util'

/** The content of an .env file. */
export interface EnvFile {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Numbers, from 1 on, of the lines that are neither `NAME=value` nor a comment. */
  readonly ignored: readonly number[]
}

export function parseEnvFile(written: string): EnvFile {
  const text = written.replace(/^\uFEFF/, '')
  return { variables: parseEnv(text), ignored: ignoredLines(text) }
}

const ASSIGNMENT = /^\s*(?:export\s+)?[^\s=#]+\s*=\s*(.*)$/

function ignoredLines(text: string): number[] {
  const lines = text.split(/\r?\n/)
  const ignored: number[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const [, value] = ASSIGNMENT.exec(line) ?? []
    if (value === undefined && /^\s*[^\s#]/.test(line)) ignored.push(i + 1)
    const quote = value?.[0]
    if (quote === undefined || !`"'\``.includes(quote) || value?.indexOf(quote, 1) !== -1) continue
    // A quoted value may span several lines, if its quote is closed at all.
    const end = lines.findIndex((each, at) => at > i && each.includes(quote))
    if (end > i) i = end
  }
  return ignored
}
