import type { Command } from 'commander'
import { type Finding, type Level, worst } from '../doctor/finding.ts'
import { type Invocation, onSettings } from '../invocation.ts'
import { tokenOf } from '../options/server-options.ts'
import { asTypedHere } from '../own-command.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { wrap } from '../terminal/wrap.ts'

/** Exit codes for monitoring (docs/operations.md). */
export const DOCTOR_EXIT: Readonly<Record<Level, number>> = {
  ok: 0,
  note: 0,
  warning: 20,
  problem: 21,
}

/** The settings that can keep a server from working. */
const CHECKED_SETTINGS = [
  'apiOrigin',
  'serverHost',
  'serverPort',
  'controlHost',
  'controlPort',
  'databasePath',
  'certDir',
  'loopbackToken',
] as const

export function registerDoctor(program: Command, io: Io): void {
  const command = program
    .command('doctor')
    .description('check what goes wrong in practice, and say how to mend it')
    .addHelpText(
      'after',
      `
It exits with 0 when all is well, 20 with warnings and 21 with problems. Run it with the settings
of the server, as the same user.

Examples:
  $ nle doctor
  $ sudo nle doctor --db /var/lib/nle/nle.sqlite
  $ nle doctor --json`,
    )
  onSettings(command, CHECKED_SETTINGS, io, doctor)
}

async function doctor(call: Invocation): Promise<number> {
  const { io } = call
  const [{ config, remarks, databasePath }, { examine }, { systemWorld }] = await Promise.all([
    call.settings(),
    import('../doctor/checks.ts'),
    import('../doctor/world.ts'),
  ])
  const world = systemWorld()
  const token = tokenOf(io.env)
  const findings = await examine({ config, remarks, databasePath, nowMs: io.nowMs(), world, token })
  const level = worst(findings)
  if (call.json) printJson(io, { level, findings })
  else for (const line of findingLines(findings, io)) io.stdout.write(`${line}\n`)
  return DOCTOR_EXIT[level]
}

/** The findings for people: a line each, and how to mend it below. */
export function findingLines(findings: readonly Finding[], io: Io): string[] {
  const chalk = chalkOf(io)
  const paint = { ok: chalk.green, note: chalk.dim, warning: chalk.yellow, problem: chalk.red }
  const width = Math.max(...findings.map(({ check }) => check.length))
  const hang = width + 11
  return findings
    .flatMap(({ check, level, message, mend }) => [
      `${paint[level](level.padEnd(7))}  ${check.padEnd(width)}  ${printable(message)}`,
      ...(mend === undefined ? [] : [`${' '.repeat(hang)}${chalk.bold(printable(mend))}`]),
    ])
    .map((line) => wrap(asTypedHere(line, io.ownCommand), io.columns, hang))
}
