import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { type Finding, type Level, worst } from '../../server/doctor/finding.ts'
import { addServer, type Invocation, onSettings } from '../invocation.ts'
import { givesSettings } from '../options/settings.ts'
import { asTypedHere } from '../own-command.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson } from '../terminal/print.ts'
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
  'backupDir',
  'loopbackToken',
] as const

export function registerDoctor(program: Command, io: Io): void {
  const command = program
    .command('doctor')
    .description('check what goes wrong in practice, and say how to mend it')
    .addHelpText(
      'after',
      `
The running server examines itself; what concerns this machine is added. Settings count only where
none runs. It exits with 0 when all is well, 20 with warnings and 21 with problems.

Examples:
  $ nle doctor
  $ sudo nle doctor
  $ nle doctor --server nas --json`,
    )
  onSettings(addServer(command), CHECKED_SETTINGS, io, doctor)
}

async function doctor(call: Invocation): Promise<number> {
  const { io } = call
  const [{ config, remarks }, { checkAll }, { thisMachine }, { usualDatabases }] =
    await Promise.all([
      call.settings(),
      import('../doctor/check-all.ts'),
      import('../../server/doctor/machine.ts'),
      import('../client/target.ts'),
    ])
  // Before the search: a mistyped command line is no finding.
  const { choice } = call
  const target = await call.findTarget().catch(foundNothing)
  if (!(target instanceof NleError) && target.type === 'server' && givesSettings(call.options)) {
    note(
      io,
      'A server runs, and has settings of its own ("nle config"): those given here do not count.',
    )
  }
  const findings = await checkAll(target, {
    config,
    remarks,
    nowMs: io.nowMs(),
    machine: thisMachine(),
    usualDatabases: usualDatabases(choice, io),
  })
  const level = worst(findings)
  if (call.json) printJson(io, { level, findings })
  else for (const line of findingLines(findings, io)) io.stdout.write(`${line}\n`)
  return DOCTOR_EXIT[level]
}

/** Why there is nothing to work on, which is a finding as well. */
function foundNothing(error: unknown): NleError {
  if (error instanceof NleError && error.code !== 'cancelled') return error
  throw error
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
