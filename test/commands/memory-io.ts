import { PassThrough } from 'node:stream'
import type { Io } from '../../src/commands/terminal/io.ts'

/** Buffers in place of the process's streams; `typed` comes from a terminal when `interactive`. */
export function memoryIo(
  options: {
    env?: Record<string, string>
    interactive?: boolean
    typed?: string
    nowMs?: number
    nearby?: Awaited<ReturnType<Io['serversNearby']>>
  } = {},
) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  // Like a terminal, it stays open when a prompt ends its output.
  stderr.end = () => stderr
  const stop = new AbortController()
  const io: Io = {
    stdin,
    stdout,
    stderr,
    interactive: options.interactive ?? false,
    color: false,
    columns: 80,
    errorColumns: Number.POSITIVE_INFINITY,
    env: options.env ?? {},
    nowMs: () => options.nowMs ?? 1_760_000_000_000,
    sleep: async () => {},
    serversNearby: async () => options.nearby ?? [],
    stop: stop.signal,
  }
  if (options.typed !== undefined) stdin.write(options.typed)
  const text = (stream: PassThrough): string => String(stream.read() ?? '')
  return { io, stdout: () => text(stdout), stderr: () => text(stderr), stop: () => stop.abort() }
}
