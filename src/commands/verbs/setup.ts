import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { type ServiceHost, systemHost } from '../service/host.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'

const NO_TERMINAL =
  'There is no terminal to ask on. These commands do the same: "nle import <database.sqlite> --yes", ' +
  '"sudo nle service install --yes", "nle mqtt set <broker>", "nle pair <code>", "nle matter on". ' +
  '"nle setup --dry-run" says what is done and what is left.'

type SetupOptions = SharedOptions & { readonly dryRun?: true }

export function registerSetup(program: Command, io: Io, host: ServiceHost = systemHost()): void {
  const command = program
    .command('setup')
    .description('set up everything, one question at a time')
    .addHelpText(
      'after',
      `
It leads through the address for thermostats, moving in from the existing server, the service, MQTT, the
first thermostat and Matter. Every step can be skipped, and Ctrl-C ends it: what is done stays done, and
the next "nle setup" finds it. With sudo it can install the service.

Examples:
  $ sudo nle setup
  $ nle setup --dry-run`,
    )
  onServer(command, io, (call: Invocation<SetupOptions>) => setup(call, host), {
    own: (each) => each.option('--dry-run', 'only show what is done and what is left'),
  })
}

async function setup(call: Invocation<SetupOptions>, host: ServiceHost): Promise<void> {
  const { io, json, options } = call
  // Loaded here, so that the other verbs start without it.
  const [{ SetupRoom }, { summaryLines, summaryJson }] = await Promise.all([
    import('../setup/setup-room.ts'),
    import('../setup/summary.ts'),
  ])
  const room = new SetupRoom(call, host)
  const summary = async () => {
    const { found } = await room.look()
    for (const line of summaryLines(found, chalkOf(io))) printLine(io, line, 4)
  }
  if (json) return printJson(io, summaryJson((await room.look()).found))
  if (options.dryRun === true) return summary()
  if (!io.interactive) throw new NleError('invalid', NO_TERMINAL)
  const { walkSteps } = await import('../setup/walk-steps.ts')
  note(io, 'This sets nle up, one question at a time. Ctrl-C stops; what is done stays done.')
  try {
    await walkSteps(room)
  } catch (error) {
    const isStopped = error instanceof NleError && error.code === 'cancelled'
    if (!isStopped && !io.stop.aborted) throw error
    const next = 'Stopped. What is done stays done; "nle setup" goes on from there.'
    throw new NleError('cancelled', next, { cause: error })
  }
  printLine(io, '')
  await summary()
  printLine(io, 'Next: "nle status", "nle set <name> 21", and "nle help" for the rest.')
}
