import type { Command } from 'commander'
import type { JsonObject } from '../../protocol/bucket.ts'
import { findServer } from '../client/find-server.ts'
import { storedDevices } from '../database/open.ts'
import { deviceTable } from '../format/device-table.ts'
import {
  type RawServerOptions,
  serverChoice,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'

interface DevicesOptions extends RawServerOptions {
  readonly all?: true
  readonly json?: true
}

/** Adds `nle devices`. */
export function registerDevices(program: Command, io: Io): void {
  const command = program
    .command('devices')
    .description('list the paired thermostats, with or without a running server')
    .option('-a, --all', 'those that are not paired as well')
  withDatabaseOption(withServerOption(command))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle devices\n  $ nle devices --all --json\n  $ nle devices --db /var/lib/nle/nle.sqlite',
    )
    .action((options: DevicesOptions) => devices(options, io))
}

async function devices(options: DevicesOptions, io: Io): Promise<void> {
  const { list, serverUrl } = await known(options, io)
  const paired = list.filter(({ owner }) => typeof owner === 'string')
  const shown = options.all === true ? list : paired
  if (options.json === true) {
    printJson(io, { devices: shown, total: shown.length, server: serverUrl ?? null })
    return
  }
  const live = serverUrl !== undefined
  if (shown.length > 0) {
    const { columns } = io
    io.stdout.write(deviceTable(shown, { nowMs: io.nowMs(), live, columns, chalk: chalkOf(io) }))
  } else {
    printLine(io, 'No thermostat is paired yet. Pair one with "nle pair".')
  }
  const unpaired = list.length - shown.length
  if (unpaired > 0) {
    note(
      io,
      `${unpaired} more ${unpaired === 1 ? 'is' : 'are'} not paired; "nle devices --all" shows ${unpaired === 1 ? 'it' : 'them'}.`,
    )
  }
}

/** From the server that runs; from the database where none does. */
async function known(
  options: DevicesOptions,
  io: Io,
): Promise<{ list: JsonObject[]; serverUrl?: string }> {
  const choice = serverChoice(options, io.env)
  const found = await findServer(choice, io)
  if (found.type === 'running') {
    if (found.trouble !== undefined) note(io, `The server is in trouble. ${found.trouble}`)
    return { list: await found.client.devices(), serverUrl: found.client.url }
  }
  const list = await storedDevices(choice.databasePath, io)
  note(
    io,
    found.type === 'silent'
      ? `${found.error.message} This is what is on file.`
      : 'No server runs; this is what is on file.',
  )
  return { list }
}
