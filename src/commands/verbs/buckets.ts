import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { type Bucket, sameValue, typeOf } from '../../protocol/bucket.ts'
import { printableJson } from '../../protocol/input.ts'
import { withoutSecrets } from '../../protocol/secrets.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import type { Store } from '../../store/store.ts'
import { DEVICE_HELP, findDevice, type Named } from '../client/find-device.ts'
import { bucketTable } from '../format/bucket-table.ts'
import { age } from '../format/units.ts'
import { type Invocation, onDatabase, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { confirm } from '../terminal/prompt.ts'

type BucketsOptions = SharedOptions & {
  readonly reveal?: true
  readonly delete?: string
  readonly yes?: true
}

export function registerBuckets(program: Command, io: Io): void {
  const command = program
    .command('buckets')
    .description('show what is on file, also while the server runs, or delete one bucket')
    .argument('[device]', DEVICE_HELP)
    .argument('[object-key]', 'one bucket, such as shared.02AA01AC31140KD6, or just shared')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle buckets\n  $ nle buckets Kitchen\n  $ nle buckets Kitchen shared\n  $ nle buckets 0KD6 device.02AA01AC31140KD6 --json\n  $ nle buckets Kitchen --delete where.4f2a',
    )
  onDatabase(command, io, buckets, {
    own: (each) =>
      each
        .option('--reveal', 'show passwords, keys and tokens')
        .option('--delete <object-key>', 'delete this bucket through the running server')
        .option('-y, --yes', 'do not ask before deleting'),
  })
}

function buckets(
  call: Invocation<BucketsOptions>,
  device: string | undefined,
  key: string | undefined,
): Promise<void> {
  const { delete: unwanted } = call.options
  if (unwanted !== undefined) return remove(call, device, key, unwanted)
  return call.readStore(async (store) => {
    const serial = device === undefined ? undefined : await serialOf(store, device, call.io)
    if (serial === undefined || key === undefined) await list(store, serial, call)
    else show(serial, bucketNamed(await store.load(serial), key), call)
  })
}

/** Deletes a bucket, named by its object key or by the type alone where its id is the serial. */
async function remove(
  call: Invocation<BucketsOptions>,
  asked: string | undefined,
  shown: string | undefined,
  unwanted: string,
): Promise<void> {
  if (asked === undefined || shown !== undefined) {
    throw new NleError(
      'invalid',
      'Name one thermostat and one bucket: nle buckets Kitchen --delete where.4f2a',
    )
  }
  const { client, device } = await call.requireDevice(asked)
  const { serial, name } = device
  const objectKey = unwanted.includes('.') ? unwanted : `${unwanted}.${serial}`
  const called = printable(name === serial ? serial : `${name} (${serial})`)
  if (call.options.yes !== true) {
    await confirm(
      call.io,
      `Delete ${printable(objectKey)} of ${called}? The thermostat is asked to upload it again, if it has it.`,
    )
  }
  const done = await client.call('deleteBucket', { body: { serial, object_key: objectKey } })
  call.print(
    done,
    done.asks_for_upload
      ? `${printable(objectKey)} of ${called} is deleted. The thermostat was asked to upload it again.`
      : `${printable(objectKey)} of ${called} is deleted.`,
  )
}

async function serialOf(store: Store, asked: string, io: Io): Promise<string> {
  const { nameOf } = await import('../../protocol/view/view-of.ts')
  const known = await store.thermostats()
  const named = known.map(async ({ serial }): Promise<Named> => {
    return { serial, name: nameOf(await store.load(serial), io.nowMs()) }
  })
  return findDevice(await Promise.all(named), asked).serial
}

async function list(
  store: Store,
  serial: string | undefined,
  { io, json }: Invocation,
): Promise<void> {
  const buckets = await store.bucketSummaries(serial)
  if (json) {
    const shown = buckets.map(({ serial, objectKey, revision, timestamp, size }) => ({
      serial,
      object_key: objectKey,
      object_revision: revision,
      object_timestamp: timestamp,
      size,
    }))
    return printJson(io, { buckets: shown, total: shown.length })
  }
  if (buckets.length === 0) {
    return printLine(io, 'Nothing is on file yet. A thermostat uploads its data once it is paired.')
  }
  const { columns } = io
  io.stdout.write(bucketTable(buckets, { nowMs: io.nowMs(), columns, chalk: chalkOf(io) }))
}

/** A bucket by its object key, in any case, or by its type where there is one of that type. */
function bucketNamed({ serial, buckets }: ThermostatState, asked: string): Bucket {
  const keys = [...buckets.keys()]
  const text = asked.toLowerCase()
  const exact = keys.filter((key) => key.toLowerCase() === text)
  const found = exact.length > 0 ? exact : keys.filter((key) => typeOf(key) === text)
  const bucket = found.length === 1 ? buckets.get(found[0] ?? '') : undefined
  if (bucket !== undefined) return bucket
  throw new NleError(
    found.length > 1 ? 'invalid' : 'not_found',
    found.length > 1
      ? `"${printable(asked)}" could be ${found.map(printable).join(', ')}.`
      : `${serial} has no bucket "${printable(asked)}". It has ${keys.map(printable).join(', ') || 'none'}.`,
  )
}

function show(serial: string, bucket: Bucket, call: Invocation<BucketsOptions>) {
  const { io, json, options } = call
  const { objectKey, revision, timestamp } = bucket
  const value = options.reveal === true ? bucket.value : withoutSecrets(bucket.value, '(hidden)')
  if (json) {
    const version = { object_revision: revision, object_timestamp: timestamp }
    return printJson(io, { serial, ...version, object_key: objectKey, value })
  }
  const chalk = chalkOf(io)
  const changed = age(timestamp, io.nowMs())
  printLine(
    io,
    `${chalk.bold(printable(objectKey))} ${chalk.dim(`revision ${revision}, timestamp ${timestamp}, changed ${changed}`)}`,
  )
  io.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`)
  if (!sameValue(value, bucket.value)) note(io, 'Secrets are hidden; --reveal shows them.')
}
