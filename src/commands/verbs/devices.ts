import type { Command } from 'commander'
import type { JsonObject } from '../../protocol/bucket.ts'
import { NONE_PAIRED } from '../client/find-device.ts'
import { deviceTable } from '../format/device-table.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED } from '../format/upload-text.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

/** More lines would hide the table. */
const MAX_NOTED = 10

type DevicesOptions = SharedOptions & { readonly all?: true }

export function registerDevices(program: Command, io: Io): void {
  const command = program
    .command('devices')
    .description('list the paired thermostats, with or without a running server')
    .option('-a, --all', 'those that are not paired as well')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle devices\n  $ nle devices --all --json\n  $ nle devices --db /var/lib/nle/nle.sqlite',
    )
  onServer(command, io, devices)
}

async function devices(call: Invocation<DevicesOptions>): Promise<void> {
  const { io, json, options } = call
  const { list, serverUrl } = await readDevices(call)
  const paired = list.filter(({ owner }) => typeof owner === 'string')
  const shown = options.all === true ? list : paired
  if (json) {
    return printJson(io, { devices: shown, total: shown.length, server: serverUrl ?? null })
  }
  const live = serverUrl !== undefined
  if (shown.length > 0) {
    const { columns } = io
    io.stdout.write(deviceTable(shown, { nowMs: io.nowMs(), live, columns, chalk: chalkOf(io) }))
  } else {
    printLine(io, NONE_PAIRED)
  }
  noteUploads(io, shown)
  const unpaired = list.length - shown.length
  if (unpaired > 0) {
    note(
      io,
      `${unpaired} more ${unpaired === 1 ? 'is' : 'are'} not paired; "nle devices --all" shows ${unpaired === 1 ? 'it' : 'them'}.`,
    )
  }
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

/** Reads from the running server, or from the database where none runs. */
async function readDevices(call: Invocation): Promise<{ list: JsonObject[]; serverUrl?: string }> {
  const { io } = call
  const found = await call.findServer()
  if (found.type === 'running') {
    if (found.trouble !== undefined) note(io, `The server is in trouble. ${found.trouble}`)
    return { list: await found.client.devices(), serverUrl: found.client.url }
  }
  const list = await storedDevices(call)
  note(
    io,
    found.type === 'silent'
      ? `${found.error.message} This is what is on file.`
      : 'No server runs; this is what is on file.',
  )
  return { list }
}

/** The status of every thermostat on file, as in `/api/devices`; none is online. */
function storedDevices(call: Invocation): Promise<JsonObject[]> {
  const presence = { isAvailable: false, lastSeenMs: undefined }
  return call.readStore(async (store) => {
    const { statusOf } = await import('../../protocol/view/view-of.ts')
    const known = await store.thermostats()
    const states = await Promise.all(known.map(({ serial }) => store.load(serial)))
    return states
      .map((state) => statusOf(state, presence, call.io.nowMs()))
      .filter((status) => status !== undefined)
  })
}
