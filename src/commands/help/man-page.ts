import { ERROR_CODES } from '../../errors.ts'
import { type CommandEntry, flatten } from './verb-table.ts'

/** The manual page nle(1), made from the command table. `date` is an ISO date. */
export function manPage(program: CommandEntry, version: string, date: string): string {
  const name = program.path.join(' ')
  const lines = [
    `.TH ${name.toUpperCase()} 1 "${date}" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(program.summary)}`,
    '.SH SYNOPSIS',
    ...program.commands.flatMap((command) => [synopsis(command), '.br']).slice(0, -1),
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
  for (const command of flatten(program).slice(1)) {
    lines.push(`.SS "${roff(command.path.slice(1).join(' '))}"`, synopsis(command), '.PP')
    lines.push(roff(sentence(command.summary)))
    for (const argument of command.args.filter(({ summary }) => summary !== '')) {
      lines.push('.TP', `.I ${roff(argument.name)}`, roff(sentence(argument.summary)))
    }
    lines.push(...options(command))
  }
  lines.push(...environment(program), '.SH FILES')
  lines.push(
    '.TP',
    '.I ~/.local/share/nle/nle.sqlite',
    'The database, unless \\-\\-db says otherwise.',
  )
  lines.push('.TP', '.I /var/lib/nle/nle.sqlite', 'The database of the system service.')
  lines.push(
    '.TP',
    '.I /etc/default/nle',
    'Environment of the system service, a NAME=value a line.',
  )
  lines.push('.SH "EXIT STATUS"', '.TP', '.B 0', 'It worked.')
  for (const [exit, codes] of exitCodes()) lines.push('.TP', `.B ${exit}`, roff(codes.join(', ')))
  lines.push('.SH "SEE ALSO"', '.BR systemctl (1),', '.BR journalctl (1)')
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

function synopsis(command: CommandEntry): string {
  const words = command.args.map(({ name, required, variadic }) => {
    const word = `\\fI${roff(name)}\\fR${variadic ? ' ...' : ''}`
    return required ? word : `[${word}]`
  })
  if (command.commands.length > 0) words.push('\\fICOMMAND\\fR')
  if (command.options.length > 0) words.push('[\\fIOPTION\\fR ...]')
  return `\\fB${roff(command.path.join(' '))}\\fR ${words.join(' ')}`.trimEnd()
}

function options(command: CommandEntry): string[] {
  return command.options.flatMap((option) => [
    '.TP',
    `\\fB${roff(option.flags)}\\fR`,
    roff(
      sentence(option.summary) + (option.env === undefined ? '' : ` Environment: ${option.env}.`),
    ),
  ])
}

function environment(program: CommandEntry): string[] {
  const named = new Map<string, string>()
  for (const command of flatten(program)) {
    for (const { env, long } of command.options) {
      if (env !== undefined && long !== undefined && !named.has(env)) {
        named.set(env, `As ${long} of "${command.path.join(' ')}".`)
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

/** Text that roff shows as it is. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^(?=[.'])/, '\\&')
    .replace(/[^\x20-\x7e]/gu, (sign) => `\\[u${hex(sign)}]`)
}

/** The name groff has for a sign outside ASCII. */
function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
