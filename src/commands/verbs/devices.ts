import type { Command } from 'commander'
import type { JsonObject } from '../../protocol/bucket.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED } from '../../protocol/view/upload-text.ts'
import { NONE_PAIRED } from '../client/find-device.ts'
import { deviceTable } from '../format/device-table.ts'
import { size } from '../format/units.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { confirm } from '../terminal/prompt.ts'

/** More lines would hide the table. */
const MAX_NOTED = 10

type DevicesOptions = SharedOptions & {
  readonly all?: true
  readonly forgetJunk?: true
  readonly yes?: true
}

export function registerDevices(program: Command, io: Io): void {
  const command = program
    .command('devices')
    .description('list the paired thermostats, with or without a running server')
    .option('-a, --all', 'those that are not paired as well')
    .option(
      '--forget-junk',
      'forget those that are not paired; with --all also those that show a code now',
    )
    .option('-y, --yes', 'do not ask before forgetting')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle devices\n  $ nle devices --all --json\n  $ nle devices --forget-junk\n  $ nle devices --server nas',
    )
  onServer(command, io, devices)
}

async function devices(call: Invocation<DevicesOptions>): Promise<void> {
  const { io, json, options } = call
  if (options.forgetJunk === true) return forgetJunk(call)
  const { list, serverUrl, database } = await readDevices(call)
  const paired = list.filter(({ owner }) => typeof owner === 'string')
  const shown = options.all === true ? list : paired
  if (json) {
    const where = { server: serverUrl ?? null, database: database ?? null }
    return printJson(io, { devices: shown, total: shown.length, ...where })
  }
  const live = serverUrl !== undefined
  if (shown.length > 0) {
    const { columns } = io
    io.stdout.write(deviceTable(shown, { nowMs: io.nowMs(), live, columns, chalk: chalkOf(io) }))
  } else {
    printLine(io, NONE_PAIRED)
  }
  noteUploads(io, shown)
  notePairedAnew(io, shown)
  const unpaired = list.length - shown.length
  if (unpaired > 0) {
    note(
      io,
      `${unpaired} more ${unpaired === 1 ? 'is' : 'are'} not paired; "nle devices --all" shows ${unpaired === 1 ? 'it' : 'them'}.`,
    )
  }
}

/** Forgets the thermostats that are not paired: made-up serials, or those of a neighbour. */
async function forgetJunk(call: Invocation<DevicesOptions>): Promise<void> {
  const { io, options } = call
  const client = await call.requireServer()
  if (options.yes !== true) {
    const which = options.all === true ? '' : ' and show no code now'
    await confirm(
      io,
      `Forget all thermostats that are not paired${which}? One that calls again is a new thermostat.`,
    )
  }
  const query = options.all === true ? { all: '1' as const } : {}
  const done = await client.call('forgetUnpaired', { query })
  const { forgotten, bytes, kept } = done
  call.print(
    done,
    `Forgot ${counted(forgotten)} that ${forgotten === 1 ? 'was' : 'were'} not paired, with ${size(bytes)} of data.`,
  )
  if (kept > 0) {
    note(
      io,
      `${counted(kept)} ${kept === 1 ? 'shows' : 'show'} a code now and ${kept === 1 ? 'was' : 'were'} kept; --all forgets ${kept === 1 ? 'it' : 'them'} as well.`,
    )
  }
}

function counted(thermostats: number): string {
  return `${thermostats} ${thermostats === 1 ? 'thermostat' : 'thermostats'}`
}

/** Says which thermostats have not uploaded their state, and what to do about it. */
function noteUploads(io: Io, shown: readonly JsonObject[]): void {
  const missing = shown.filter(({ has_uploaded: hasUploaded }) => hasUploaded === false)
  if (missing.length === 0) return
  for (const { name, serial } of missing.slice(0, MAX_NOTED)) {
    const who = name === serial ? String(serial) : `${name} (${serial})`
    note(io, `${printable(who)} ${NOT_UPLOADED}.`)
  }
  const more = missing.length - MAX_NOTED
  if (more > 0) note(io, `The same is true of ${more} more.`)
  note(io, MAKE_IT_UPLOAD)
}

/** Says which paired thermostats show a new code. */
function notePairedAnew(io: Io, shown: readonly JsonObject[]): void {
  const anew = shown.filter(({ pairing_warning: warning }) => typeof warning === 'string')
  for (const { name, pairing_warning: warning } of anew.slice(0, MAX_NOTED)) {
    note(io, `${printable(String(name))} ${String(warning)}.`)
  }
}

/** Reads from the running server, or from the database where none runs. */
async function readDevices(
  call: Invocation,
): Promise<{ list: JsonObject[]; serverUrl?: string; database?: string | undefined }> {
  const { io } = call
  const target = await call.findTarget()
  if (target.type === 'server') {
    const { client, databasePath, trouble } = target
    if (trouble !== undefined) note(io, `The server is in trouble. ${trouble}`)
    return { list: await client.devices(), serverUrl: client.url, database: databasePath }
  }
  const { path, silent } = target
  const list = await storedDevices(call, path)
  const why = silent === undefined ? 'No server runs; this' : `${silent.message} This`
  note(io, `${why} is what is on file in ${path}.`)
  return { list, database: path }
}

/** The status of every thermostat on file, as in `/api/devices`; none is online. */
function storedDevices(call: Invocation, path: string): Promise<JsonObject[]> {
  const presence = { isAvailable: false, lastSeenMs: undefined }
  return call.readStore(path, async (store) => {
    const { statusOf } = await import('../../protocol/view/view-of.ts')
    const serials = await store.serials()
    const states = await Promise.all(serials.map((serial) => store.shown(serial)))
    return states
      .map((state) => statusOf(state, presence, call.io.nowMs()))
      .filter((status) => status !== undefined)
  })
}
