import type { Command } from 'commander'
import type { JsonObject } from '../../protocol/bucket.ts'
import { jsonObjectIn } from '../../protocol/input.ts'
import type { ChangeReport } from '../client/answers.ts'
import { readChange } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import type { StreamEvent } from '../client/event-parser.ts'
import { EventStream } from '../client/event-stream.ts'
import { isUnreachable, requireServer } from '../client/find-server.ts'
import { DEVICE_HELP, deviceNamed } from '../client/server-device.ts'
import { clockTime } from '../format/age.ts'
import { changeLine, differences } from '../format/event-lines.ts'
import {
  type RawServerOptions,
  serverChoice,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

const RETRY_MS = 2_000

interface WatchOptions extends RawServerOptions {
  readonly json?: true
}

/** Adds `nle watch [device]`. */
export function registerWatch(program: Command, io: Io): void {
  const command = program
    .command('watch')
    .description('follow live what happens, until Ctrl-C')
    .argument('[device]', DEVICE_HELP)
  withDatabaseOption(withServerOption(command))
    .option('--json', 'one JSON object per line and event')
    .addHelpText('after', '\nExamples:\n  $ nle watch\n  $ nle watch Kitchen --json')
    .action((asked: string | undefined, options: WatchOptions) => watch(asked, options, io))
}

async function watch(asked: string | undefined, options: WatchOptions, io: Io): Promise<void> {
  const choice = serverChoice(options, io.env)
  let client = await requireServer(choice, io)
  const device = asked === undefined ? undefined : await deviceNamed(client, asked)
  const watcher = new Watcher(device?.serial, options.json === true, io)
  await watcher.readAll(client, 'in silence')
  const stream = new EventStream(io)
  for (;;) {
    try {
      for await (const event of stream.connect(client.url, () => watcher.connected(client))) {
        await watcher.tell(event, client)
      }
    } catch (error) {
      if (!isUnreachable(error)) throw error
    }
    if (io.stop.aborted) return
    watcher.lost()
    try {
      await io.sleep(RETRY_MS)
      // It may be back on another port.
      client = await requireServer(choice, io)
    } catch (error) {
      if (io.stop.aborted) return
      if (!isUnreachable(error)) throw error
    }
  }
}

/** Turns events into lines, remembering what each thermostat was like before. */
class Watcher {
  readonly #serial: string | undefined
  readonly #json: boolean
  readonly #io: Io
  readonly #known = new Map<string, JsonObject>()
  /** Of commands under way, by id. */
  readonly #stateOf = new Map<number, string>()
  #state: 'new' | 'connected' | 'lost' = 'new'

  constructor(serial: string | undefined, json: boolean, io: Io) {
    this.#serial = serial
    this.#json = json
    this.#io = io
  }

  connected({ url }: ServerClient): void {
    if (this.#state === 'new') note(this.#io, `Watching ${url}. Ctrl-C ends it.`)
    if (this.#state === 'lost') note(this.#io, 'The server is back.')
    this.#state = 'connected'
  }

  /** Told once for every time it is lost. */
  lost(): void {
    if (this.#state !== 'lost') note(this.#io, 'The server does not answer; waiting for it.')
    this.#state = 'lost'
  }

  async tell({ type, data }: StreamEvent, client: ServerClient): Promise<void> {
    if (type === 'message') return
    // What was missed cannot be told; how things are now can.
    if (type === 'resync') return this.readAll(client, 'aloud')
    const body = jsonObjectIn(data) ?? {}
    const serial = String(body.serial ?? '')
    if (this.#serial !== undefined && serial !== this.#serial) return
    if (this.#json) {
      printJson(this.#io, { event: type, ...body })
      return
    }
    const before = this.#known.get(serial)
    if (type === 'status') this.#status(serial, body)
    else if (type === 'removed') {
      this.#known.delete(serial)
      this.#line(before ?? body, 'is gone')
    } else if (type === 'change') {
      this.#change(readChange(body), before ?? body)
    }
  }

  /** How things are now; told only where it differs from what was known. */
  async readAll(client: ServerClient, how: 'in silence' | 'aloud'): Promise<void> {
    for (const status of await client.devices()) {
      const serial = String(status.serial)
      if (how === 'in silence') this.#known.set(serial, status)
      else if (this.#serial !== undefined && serial !== this.#serial) continue
      else if (this.#json) printJson(this.#io, { event: 'status', ...status })
      else this.#status(serial, status)
    }
  }

  #status(serial: string, status: JsonObject): void {
    const said = differences(this.#known.get(serial), status)
    this.#known.set(serial, status)
    for (const text of said) this.#line(status, printable(text))
  }

  #change(change: ChangeReport, device: JsonObject): void {
    // A command of several parts tells of each of them; people care for the whole.
    if (this.#stateOf.get(change.id) === change.state) return
    if (change.endedAtMs === undefined) this.#stateOf.set(change.id, change.state)
    else this.#stateOf.delete(change.id)
    this.#line(device, changeLine(change, device, chalkOf(this.#io)))
  }

  #line(device: JsonObject, text: string): void {
    const chalk = chalkOf(this.#io)
    const name = printable(String(device.name ?? device.serial ?? ''))
    const time = clockTime(this.#io.nowMs(), 'seconds')
    printLine(this.#io, `${chalk.dim(time)}  ${chalk.bold(name)}  ${text}`, 10)
  }
}
