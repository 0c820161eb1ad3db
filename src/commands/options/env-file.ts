import { parseEnv } from 'node:util'

/** What an .env file says. */
export interface EnvFile {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Lines, from 1 on, that say nothing: neither `NAME=value` nor a comment. */
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
    // A value in quotes may go on over several lines, if it ends at all.
    const end = lines.findIndex((each, at) => at > i && each.includes(quote))
    if (end > i) i = end
  }
  return ignored
}
