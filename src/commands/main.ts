import { Command, CommanderError } from 'commander'
import { ERROR_CODES, NleError } from '../errors.ts'
import { versionText } from '../version.ts'
import { NARROW_HELP } from './help/narrow-help.ts'
import { BRIDGE_ARGUMENT } from './matter/bridge-argument.ts'
import { asTypedHere } from './own-command.ts'
import type { Io } from './terminal/io.ts'
import { printJson, printText } from './terminal/print.ts'
import { processIo } from './terminal/process-io.ts'
import { wrap } from './terminal/wrap.ts'
import { hasShownHelp, helpTopic, usageError } from './usage.ts'
import { VERBS, verbsFor } from './verbs/index.ts'

/** The exit code of a wrong command line. */
const USAGE = ERROR_CODES.invalid.exit

/**
 * Runs the command line.
 *
 * @param args - without the program's own name
 * @returns the process's exit code (docs/cli.md)
 */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  if (args[0] === BRIDGE_ARGUMENT)
    return (await import('./matter/bridge-program.ts')).bridgeProgram()
  io.exitCode = 0
  const json = args.includes('--json')
  let program: Command | undefined
  try {
    const [verb, ...words] = args
    program = await buildProgram(io, verbsFor(args), json)
    if (verb === 'help') helpTopic(program, words).outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
    return io.exitCode
  } catch (error) {
    if (!(error instanceof CommanderError) || program === undefined) return report(error, json, io)
    // Commander has printed the help or the version.
    if (error.exitCode === 0) return 0
    return hasShownHelp(error) && !json ? USAGE : report(usageError(error, program, args), json, io)
  }
}

/**
 * The program with these verbs; completions and the manual page are made from it as well.
 *
 * @param json - print errors as JSON, and no help in their place
 */
export async function buildProgram(
  io: Io,
  verbs: readonly string[] = Object.keys(VERBS),
  json = false,
): Promise<Command> {
  const program = new Command('nle')
    .description('Your own server for Nest thermostats with the No Longer Evil firmware')
    .version(versionText(), '-V, --version', 'print version and commit')
    .option('--no-color', 'no colour (also: NO_COLOR)')
    .configureOutput({
      writeOut: (text) => printText(io, text),
      // Help where a verb was expected; with --json there is an error instead.
      writeErr: (text) =>
        json || io.stderr.write(wrap(asTypedHere(text, io.ownCommand), io.errorColumns)),
      // `report` prints these errors, as all others.
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(io.columns),
      getErrHelpWidth: () => helpWidth(io.errorColumns),
    })
    .configureHelp(NARROW_HELP)
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ nle setup              set up everything, one question at a time
  $ nle serve              run the server on this machine
  $ nle pair               pair a thermostat; asks for the code on its screen
  $ nle pair A3X-R7M2      the same without questions
  $ nle devices            list the paired thermostats`,
    )
  for (const verb of verbs) {
    const register = await VERBS[verb]?.()
    register?.(program, io)
  }
  return program
}

function helpWidth(columns: number): number {
  return Number.isFinite(columns) ? columns : 80
}

/** Prints an error, for people or as JSON, and returns the exit code. */
function report(error: unknown, json: boolean, io: Io): number {
  const known = asNleError(error, io)
  if (json) {
    const { code, message, details } = known
    printJson(io, { error: { ...details, code, message: asTypedHere(message, io.ownCommand) } })
  } else {
    const text = `nle: ${asTypedHere(known.message, io.ownCommand)}`
    io.stderr.write(`${wrap(text, io.errorColumns, 5)}\n`)
    if (known.code === 'internal' && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  }
  return ERROR_CODES[known.code].exit
}

function asNleError(error: unknown, io: Io): NleError {
  if (error instanceof NleError) return error
  // Ctrl-C aborts whatever the verb was waiting for.
  if (io.stop.aborted && error instanceof Error && error.name === 'AbortError') {
    return new NleError('cancelled', 'Stopped.', { cause: error })
  }
  return new NleError('internal', `This should not have happened: ${String(error)}`, {
    cause: error,
  })
}
