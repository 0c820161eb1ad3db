import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { printableJson } from '../../protocol/input.ts'
import { bucketVersion, namedBucket, shownBucket } from '../../protocol/thermostat/named-bucket.ts'
import type { Store } from '../../store/store.ts'
import { DEVICE_HELP, deviceNamed, findDevice, type Named } from '../client/find-device.ts'
import { bucketTable } from '../format/bucket-table.ts'
import { age } from '../format/units.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
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
  onServer(command, io, buckets, {
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
  return device === undefined || key === undefined ? list(call, device) : show(call, device, key)
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

async function serialIn(store: Store, asked: string, io: Io): Promise<string> {
  const { nameOf } = await import('../../protocol/view/view-of.ts')
  const known = await store.thermostats()
  const named = known.map(async ({ serial }): Promise<Named> => {
    return { serial, name: nameOf(await store.load(serial), io.nowMs()) }
  })
  return findDevice(await Promise.all(named), asked).serial
}

async function list(call: Invocation, device: string | undefined): Promise<void> {
  const { io } = call
  const { result, server, database } = await call.onTarget({
    async server(client) {
      const serial = device === undefined ? undefined : (await deviceNamed(client, device)).serial
      const query = serial === undefined ? {} : { serial }
      return (await client.call('listBuckets', { query })).buckets
    },
    database: (path) =>
      call.readStore(path, async (store) => {
        const serial = device === undefined ? undefined : await serialIn(store, device, io)
        return (await store.bucketSummaries(serial)).map(({ size, ...bucket }) => ({
          ...bucketVersion(bucket),
          size,
        }))
      }),
  })
  if (call.json) {
    return printJson(io, { buckets: result, total: result.length, server, database })
  }
  if (result.length === 0) {
    return printLine(io, 'Nothing is on file yet. A thermostat uploads its data once it is paired.')
  }
  const { columns } = io
  io.stdout.write(bucketTable(result, { nowMs: io.nowMs(), columns, chalk: chalkOf(io) }))
}

async function show(call: Invocation<BucketsOptions>, device: string, key: string): Promise<void> {
  const { io } = call
  const reveal = call.options.reveal === true
  const { result } = await call.onTarget({
    async server(client) {
      const { serial } = await deviceNamed(client, device)
      const query = { serial, object_key: key, ...(reveal ? { reveal: '1' as const } : {}) }
      return client.call('getBucket', { query })
    },
    database: (path) =>
      call.readStore(path, async (store) => {
        const serial = await serialIn(store, device, io)
        return shownBucket(serial, namedBucket(await store.load(serial), key), reveal)
      }),
  })
  const { object_key: objectKey, object_revision: revision, object_timestamp: timestamp } = result
  if (call.json) return printJson(io, result)
  const chalk = chalkOf(io)
  const changed = age(timestamp, io.nowMs())
  printLine(
    io,
    `${chalk.bold(printable(objectKey))} ${chalk.dim(`revision ${revision}, timestamp ${timestamp}, changed ${changed}`)}`,
  )
  io.stdout.write(`${printableJson(JSON.stringify(result.value, null, 2))}\n`)
  if (result.hidden) note(io, 'Secrets are hidden; --reveal shows them.')
}
