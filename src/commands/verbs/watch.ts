import type { Command } from 'commander'
import type { JsonObject } from '../../protocol/bucket.ts'
import { jsonObjectIn } from '../../protocol/input.ts'
import { type ChangeReport, readChange } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import { EventStream, type StreamEvent } from '../client/event-stream.ts'
import { DEVICE_HELP, deviceNamed } from '../client/find-device.ts'
import { isUnreachable } from '../client/find-server.ts'
import { changeLine, differences } from '../format/event-lines.ts'
import { ownerNames } from '../format/owner-text.ts'
import { clockTime } from '../format/units.ts'
import { type Invocation, onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

const RETRY_MS = 2_000

export function registerWatch(program: Command, io: Io): void {
  const command = program
    .command('watch')
    .description('follow live what happens, until Ctrl-C')
    .argument('[device]', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle watch\n  $ nle watch Kitchen --json')
  onServer(command, io, watch, { json: 'one JSON object per line and event' })
}

async function watch(call: Invocation, asked: string | undefined): Promise<void> {
  const { io } = call
  let client = await call.requireServer()
  const device = asked === undefined ? undefined : await deviceNamed(client, asked)
  const watcher = new Watcher(device?.serial, call)
  await watcher.readAll(client, 'remember')
  const stream = new EventStream(io)
  for (;;) {
    try {
      for await (const event of stream.connect(client.address, () => watcher.connected(client))) {
        await watcher.print(event, client)
      }
    } catch (error) {
      if (!isUnreachable(error)) throw error
    }
    if (io.stop.aborted) return
    watcher.lost()
    try {
      await io.sleep(RETRY_MS)
      // The server may be back on another port.
      client = await call.requireServer()
    } catch (error) {
      if (io.stop.aborted) return
      if (!isUnreachable(error)) throw error
    }
  }
}

/** Prints events as lines, and remembers the last status of each thermostat. */
class Watcher {
  readonly #serial: string | undefined
  readonly #json: boolean
  readonly #io: Io
  readonly #known = new Map<string, JsonObject>()
  /** The state of each open change, by its id. */
  readonly #stateOf = new Map<number, string>()
  #state: 'new' | 'connected' | 'lost' = 'new'

  constructor(serial: string | undefined, { json, io }: Invocation) {
    this.#serial = serial
    this.#json = json
    this.#io = io
  }

  connected({ url }: ServerClient): void {
    if (this.#state === 'new') note(this.#io, `Watching ${url}. Ctrl-C ends it.`)
    if (this.#state === 'lost') note(this.#io, 'The server is back.')
    this.#state = 'connected'
  }

  /** Prints once per outage. */
  lost(): void {
    if (this.#state !== 'lost') note(this.#io, 'The server does not answer; waiting for it.')
    this.#state = 'lost'
  }

  async print({ type, data }: StreamEvent, client: ServerClient): Promise<void> {
    if (type === 'message') return
    // Missed events are gone; the current status is printed instead.
    if (type === 'resync') return this.readAll(client, 'print')
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

  /** Reads the current status of each thermostat, to print what changed or only to remember it. */
  async readAll(client: ServerClient, how: 'remember' | 'print'): Promise<void> {
    for (const status of await client.devices()) {
      const serial = String(status.serial)
      if (how === 'remember') this.#known.set(serial, status)
      else if (this.#serial !== undefined && serial !== this.#serial) continue
      else if (this.#json) printJson(this.#io, { event: 'status', ...status })
      else this.#status(serial, status)
    }
  }

  #status(serial: string, status: JsonObject): void {
    // With the status of before: when the owner changes, there are several.
    const ownerOf = ownerNames([...this.#known.values(), status])
    const around = { nowMs: this.#io.nowMs(), ownerOf }
    const changes = differences(this.#known.get(serial), status, around)
    this.#known.set(serial, status)
    for (const text of changes) this.#line(status, printable(text))
  }

  #change(change: ChangeReport, device: JsonObject): void {
    // A command of several parts sends an event for each part; people see one line.
    if (this.#stateOf.get(change.id) === change.state) return
    if (change.endedAtMs === undefined) this.#stateOf.set(change.id, change.state)
    else this.#stateOf.delete(change.id)
    const around = { chalk: chalkOf(this.#io), nowMs: this.#io.nowMs() }
    this.#line(device, changeLine(change, device, around))
  }

  #line(device: JsonObject, text: string): void {
    const chalk = chalkOf(this.#io)
    const name = printable(String(device.name ?? device.serial ?? ''))
    const time = clockTime(this.#io.nowMs(), 'seconds')
    printLine(this.#io, `${chalk.dim(time)}  ${chalk.bold(name)}  ${text}`, 10)
  }
}
