import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { main } from '../../src/commands/main.ts'
import type { Io } from '../../src/commands/terminal/io.ts'
import { START_MS } from '../helpers/manual-clock.ts'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ShellOptions {
  readonly interactive?: boolean
  readonly color?: boolean
  readonly columns?: number
  readonly errorColumns?: number
  readonly env?: Io['env']
  /** How nle is started here, where that is not `nle`. */
  readonly ownCommand?: string
  /** What the person types, each once standard error shows a text after the one before. */
  readonly typed?: readonly (readonly [shown: string, typed: string])[]
  /** The wall clock, ms. */
  readonly nowMs?: () => number
  /** Called while a verb waits; only here does time move. */
  readonly onSleep?: (ms: number) => void | Promise<void>
  /** The servers of the local network. */
  readonly nearby?: Awaited<ReturnType<Io['serversNearby']>>
  readonly stop?: AbortSignal
  /** Called with every piece of standard output. */
  readonly onOutput?: (text: string) => void
  /** Called with every piece of standard error. */
  readonly onError?: (text: string) => void
}

/** Runs the command line as the program would, with buffers in place of a terminal. */
export async function nle(args: readonly string[], options: ShellOptions = {}): Promise<Ran> {
  const { io, said } = shellIo(options)
  const exitCode = await main(args, io)
  await turn()
  return { exitCode, ...said }
}

/** Buffers in place of a terminal, and what was written to them so far. */
export function shellIo(options: ShellOptions = {}) {
  const stdin = new PassThrough()
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  // Like the process's own, it cannot be ended by a writer.
  stderr.end = () => stderr
  const said = { stdout: '', stderr: '' }
  stdout.on('data', (bytes) => {
    said.stdout += String(bytes)
    options.onOutput?.(String(bytes))
  })
  stderr.on('data', (bytes) => {
    said.stderr += String(bytes)
    options.onError?.(String(bytes))
    const [next] = typing
    const at = next === undefined ? -1 : said.stderr.indexOf(next[0], seen)
    if (next === undefined || at === -1) return
    seen = at + next[0].length
    typing.shift()
    // A person types after the screen is drawn, not while it is.
    setImmediate(() => stdin.write(next[1]))
  })
  /** Up to where standard error was answered. */
  let seen = 0
  const typing = [...(options.typed ?? [])]
  let passedMs = 0
  const io: Io = {
    stdin,
    stdout,
    stderr,
    interactive: options.interactive ?? false,
    color: options.color ?? false,
    columns: options.columns ?? 120,
    errorColumns: options.errorColumns ?? Number.POSITIVE_INFINITY,
    // Never the database of the person who runs the tests.
    ownCommand: options.ownCommand,
    env: { HOME: '/nonexistent', ...options.env },
    nowMs: options.nowMs ?? (() => START_MS + passedMs),
    serversNearby: async () => options.nearby ?? [],
    async sleep(ms) {
      options.stop?.throwIfAborted()
      passedMs += ms
      await options.onSleep?.(ms)
      // Lets what was sent meanwhile arrive.
      for (let i = 0; i < 10; i++) await turn()
    },
    stop: options.stop ?? new AbortController().signal,
  }
  return { io, said }
}
