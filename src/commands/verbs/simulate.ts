import { type Command, Option } from 'commander'
import { ERROR_CODES } from '../../errors.ts'
import {
  DEFAULT_MODEL,
  FIRMWARE_VERSIONS,
  KIND_NAMES,
  modelProfile,
  realTimers,
  type Timers,
  VirtualThermostat,
} from '../../virtual/index.ts'
import { offering } from '../options/offering.ts'
import { KEYS_HELP, listenToKeys } from '../simulate/keys.ts'
import {
  DEFAULT_SERVER,
  type RawSimulateOptions,
  readSimulateOptions,
  type SimulateOptions,
} from '../simulate/options.ts'
import { Report } from '../simulate/report.ts'
import { roomDrift } from '../simulate/room.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printLine } from '../terminal/print.ts'

const ROOM_TICK_MS = 60_000
/** The firmware's pauses of minutes are too long for a demo. */
const MAX_PAUSE_MS = 15_000
/** A real thermostat leaves it to its person to ask for a new code after an unpair. */
const OWNER_CHECK_MS = 30_000

export function registerSimulate(program: Command, io: Io): void {
  program
    .command('simulate')
    .description('run a virtual thermostat that behaves like the real firmware')
    .option('--server <url>', 'device address of the server', DEFAULT_SERVER)
    .option('--serial <serial>', 'its serial, 10 to 32 of A-Z and 0-9')
    .option('--count <n>', 'how many thermostats, with consecutive serials', '1')
    .option('--name <name>', 'the name it was given', '')
    .addOption(
      offering(
        new Option('--firmware <version>', `its firmware: ${FIRMWARE_VERSIONS.join(', ')}`),
        FIRMWARE_VERSIONS,
      ).default(DEFAULT_MODEL.firmware),
    )
    .addOption(
      offering(
        new Option('--kind <kind>', `what it controls: ${KIND_NAMES.join(', ')}`),
        KIND_NAMES,
      ).default(DEFAULT_MODEL.kind),
    )
    .option('--until-paired', 'end as soon as every thermostat is paired')
    .option('--direct', 'stay at --server even where the server names another address')
    .option('--json', 'one JSON object per line and event')
    .action(async (raw: RawSimulateOptions) => {
      io.exitCode = await simulate(readSimulateOptions(raw), io)
    })
}

/** Runs until Ctrl-C, `q`, or with `untilPaired` the last pairing. Returns the exit code. */
export async function simulate(
  options: SimulateOptions,
  io: Io,
  timers: Timers = realTimers,
): Promise<number> {
  const print = (line: string, hang?: number): void => {
    if (options.json) io.stdout.write(`${line}\n`)
    else printLine(io, line, hang)
  }
  const alone = options.serials.length === 1
  const chalk = chalkOf(io)
  const report = new Report({
    server: options.server,
    json: options.json === true,
    alone,
    chalk,
    command: io.ownCommand ?? 'nle',
    print,
  })
  const thermostats = options.serials.map((serial) => build(serial, options, timers))
  for (const thermostat of thermostats) thermostat.on((entry) => report.add(entry))

  const end = Promise.withResolvers<'stopped' | 'paired'>()
  const quit = (): void => end.resolve('stopped')
  io.stop.addEventListener('abort', quit, { once: true })
  const keys = io.interactive && !options.json
  const restoreTerminal = keys ? listenToKeys(io, thermostats, quit) : undefined
  if (keys) print(chalk.dim(KEYS_HELP))
  const stopRoom = roomDrift(thermostats, timers, ROOM_TICK_MS)

  if (io.stop.aborted) quit()
  else for (const thermostat of thermostats) thermostat.start()
  const allPaired = Promise.all(thermostats.map((thermostat) => thermostat.whenPaired()))
  // Rejects when the thermostats are stopped first; `end` is settled by then.
  allPaired.then(
    () => options.untilPaired && end.resolve('paired'),
    () => undefined,
  )
  const ending = await end.promise

  stopRoom()
  restoreTerminal?.()
  io.stop.removeEventListener('abort', quit)
  for (const thermostat of thermostats) thermostat.stop()
  const violations = thermostats.reduce((sum, { violationCount }) => sum + violationCount, 0)
  if (violations > 0) {
    const text = `${violations} broken ${violations === 1 ? 'rule' : 'rules'} seen; see above.`
    if (!options.json) print(chalk.red.bold(text))
    return 1
  }
  return options.untilPaired && ending !== 'paired' ? ERROR_CODES.cancelled.exit : 0
}

function build(serial: string, options: SimulateOptions, timers: Timers): VirtualThermostat {
  return new VirtualThermostat({
    serial,
    origin: options.server,
    name: options.name,
    followEntryUrls: !options.direct,
    maxPauseMs: MAX_PAUSE_MS,
    ownerCheckMs: OWNER_CHECK_MS,
    timers,
    ...modelProfile(options),
  })
}
