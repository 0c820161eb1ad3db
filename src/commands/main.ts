import { Command, CommanderError } from 'commander'
import { ERROR_CODES, NleError } from '../errors.ts'
import { versionText } from '../version.ts'
import { registerBuckets } from './buckets.ts'
import { registerCompletion } from './completion.ts'
import { registerDevices } from './devices.ts'
import type { Io } from './io.ts'
import { registerPair } from './pair.ts'
import { printJson } from './print.ts'
import { processIo } from './process-io.ts'
import { registerServe } from './serve.ts'
import { registerService } from './service.ts'
import { registerSimulate } from './simulate.ts'

/** Exit code of a command line that cannot be understood. */
const USAGE = ERROR_CODES.invalid.exit

/**
 * Runs the command line.
 *
 * @param args - without the program's own name
 * @returns the process's exit code (docs/cli.md)
 */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode = 0
  const program = buildProgram(io, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    return report(error, args.includes('--json'), io)
  }
}

/** The whole command tree; completions and the manual page are made from it as well. */
export function buildProgram(io: Io, setExitCode: (code: number) => void): Command {
  const program = new Command('nle')
    .description('Your own server for Nest thermostats with the No Longer Evil firmware')
    .version(versionText(), '-V, --version', 'print version and commit')
    .option('--no-color', 'no colour (also: NO_COLOR)')
    .showHelpAfterError('("nle --help" lists what there is)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ nle serve              run the server on this machine
  $ nle pair               pair a thermostat; asks for the code on its screen
  $ nle pair A3X-R7M2      the same without questions
  $ nle devices            list the paired thermostats`,
    )
  registerServe(program, io)
  registerPair(program, io)
  registerDevices(program, io)
  registerBuckets(program, io)
  registerSimulate(program, io, setExitCode)
  registerService(program, io, setExitCode)
  registerCompletion(program, io)
  return program
}

/** Says what went wrong, for people or as JSON, and gives the exit code. */
function report(error: unknown, json: boolean, io: Io): number {
  // commander has printed its help, its version or its complaint already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
  const known = asNleError(error, io)
  if (json) {
    const { code, message, details } = known
    printJson(io, { error: { code, message, ...details } })
  } else {
    io.stderr.write(`nle: ${known.message}\n`)
    if (known.code === 'internal' && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  }
  return ERROR_CODES[known.code].exit
}

function asNleError(error: unknown, io: Io): NleError {
  if (error instanceof NleError) return error
  // Whatever was waiting when Ctrl-C was pressed was told to give up.
  if (io.stop.aborted && error instanceof Error && error.name === 'AbortError') {
    return new NleError('cancelled', 'Stopped.', { cause: error })
  }
  return new NleError('internal', `This should not have happened: ${String(error)}`, {
    cause: error,
  })
}
