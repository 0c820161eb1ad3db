import { ERROR_CODES } from '../../errors.ts'
import { flatten, type VerbEntry } from './verb-table.ts'

const FILES = [
  ['~/.local/share/nle/nle.sqlite', 'The database, unless \\-\\-db says otherwise.'],
  ['/var/lib/nle/nle.sqlite', 'The database of the system service.'],
  ['/etc/default/nle', 'Environment of the system service, a NAME=value a line.'],
] as const

/** The manual page nle(1), made from the verb table. `date` is an ISO date. */
export function manPage(program: VerbEntry, version: string, date: string): string {
  const name = program.path.join(' ')
  const lines = [
    `.TH ${name.toUpperCase()} 1 "${date}" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(program.summary)}`,
    '.SH SYNOPSIS',
    ...program.verbs.flatMap((verb) => [synopsis(verb), '.br']).slice(0, -1),
    '.SH DESCRIPTION',
    roff(
      `${name} stands in for the vanished cloud: Nest Learning Thermostats with the No Longer Evil ` +
        `firmware register with it, and it keeps what they report, passes on what people ask for, ` +
        `and answers other programs of the house. "${name} serve" runs it; the other commands talk ` +
        `to the running server or, where none runs, to its database.`,
    ),
    ...options(program),
    '.SH COMMANDS',
  ]
  for (const verb of flatten(program).slice(1)) {
    lines.push(`.SS "${roff(verb.path.slice(1).join(' '))}"`, synopsis(verb), '.PP')
    lines.push(roff(sentence(verb.summary)))
    for (const argument of verb.args.filter(({ summary }) => summary !== '')) {
      lines.push('.TP', `.I ${roff(argument.name)}`, roff(sentence(argument.summary)))
    }
    lines.push(...options(verb))
  }
  lines.push(...environment(program), '.SH FILES')
  for (const [file, text] of FILES) lines.push('.TP', `.I ${file}`, text)
  lines.push('.SH "EXIT STATUS"', '.TP', '.B 0', 'It worked.')
  for (const [exit, codes] of exitCodes()) lines.push('.TP', `.B ${exit}`, roff(codes.join(', ')))
  lines.push('.SH "SEE ALSO"', '.BR systemctl (1),', '.BR journalctl (1)')
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

function synopsis(verb: VerbEntry): string {
  const words = verb.args.map(({ name, required, variadic }) => {
    const word = `\\fI${roff(name)}\\fR${variadic ? ' ...' : ''}`
    return required ? word : `[${word}]`
  })
  if (verb.verbs.length > 0) words.push('\\fICOMMAND\\fR')
  if (verb.options.length > 0) words.push('[\\fIOPTION\\fR ...]')
  return `\\fB${roff(verb.path.join(' '))}\\fR ${words.join(' ')}`.trimEnd()
}

function options(verb: VerbEntry): string[] {
  return verb.options.flatMap((option) => [
    '.TP',
    `\\fB${roff(option.flags)}\\fR`,
    roff(
      sentence(option.summary) + (option.env === undefined ? '' : ` Environment: ${option.env}.`),
    ),
  ])
}

function environment(program: VerbEntry): string[] {
  const named = new Map<string, string>()
  for (const verb of flatten(program)) {
    for (const { env, long } of verb.options) {
      if (env !== undefined && long !== undefined && !named.has(env)) {
        named.set(env, `As ${long} of "${verb.path.join(' ')}".`)
      }
    }
  }
  if (named.size === 0) return []
  const entries = [...named].sort(([a], [b]) => (a < b ? -1 : 1))
  return ['.SH ENVIRONMENT', ...entries.flatMap(([env, text]) => ['.TP', `.B ${env}`, roff(text)])]
}

function exitCodes(): [number, string[]][] {
  const byExit = new Map<number, string[]>()
  for (const [code, { exit }] of Object.entries(ERROR_CODES)) {
    byExit.set(exit, [...(byExit.get(exit) ?? []), code.replaceAll('_', ' ')])
  }
  return [...byExit].sort(([a], [b]) => a - b)
}

function sentence(text: string): string {
  const upper = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?)]$/.test(upper) || upper === '' ? upper : `${upper}.`
}

/** Escapes text for roff. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^(?=[.'])/, '\\&')
    .replace(/[^\x20-\x7e]/gu, (sign) => `\\[u${hex(sign)}]`)
}

/** A code point as groff writes it: `2026` of `[u2026]`. */
function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
