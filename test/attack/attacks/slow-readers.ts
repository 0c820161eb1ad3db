import { sleep } from '../../../bench/scenario.ts'
import { httpRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Crowd, type Listener } from '../crowd.ts'
import { fillWithMadeUp } from '../made-up.ts'

const MADE_UP = 128
const ADDRESSES = 20
const TICK_MS = 1_000
/** More than the buffers of the kernel on both sides hold. */
const LISTS = httpRequest('GET', '/api/devices?all=1').repeat(100)
const HEADER = `GET /api/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ${'a'.repeat(4_000)}`

interface Kind {
  readonly what: string
  readonly listener: Listener
  readonly connections: number
  /** What is sent at once. */
  readonly sends: string
  /** What is sent byte by byte. */
  readonly drips?: string
}

const KINDS: readonly Kind[] = [
  { what: 'slow lists', listener: 'control', connections: 400, sends: LISTS },
  {
    what: 'unread event streams',
    listener: 'control',
    connections: 300,
    sends: httpRequest('GET', '/api/events?detail=1'),
  },
  { what: 'slow headers', listener: 'control', connections: 150, sends: '', drips: HEADER },
  { what: 'slow headers', listener: 'device', connections: 150, sends: '', drips: HEADER },
]

/** Connections that take or send a byte a second, and come back when they are closed. */
export const slowReaders: Attack = {
  what: '1,000 connections read or send one byte a second, or read nothing at all',
  prepare: (databasePath) => fillWithMadeUp(databasePath, MADE_UP),
  strangers: async (crowd) => {
    const from = addresses(ADDRESSES)
    const all = KINDS.flatMap((kind) =>
      Array.from({ length: kind.connections }, (_, n) =>
        linger(crowd, kind, from[n % from.length] ?? ''),
      ),
    )
    await Promise.all(all)
  },
}

async function linger(crowd: Crowd, kind: Kind, address: string): Promise<void> {
  const { what, listener, sends, drips = '' } = kind
  // Not all in the same instant.
  await sleep(Math.random() * TICK_MS)
  while (!crowd.isOver) {
    const socket = crowd.connect(listener, address)
    socket.pause()
    socket.on('connect', () => crowd.count(`${what} opened`))
    socket.write(sends)
    crowd.sent(sends.length)
    for (let n = 0; !socket.destroyed && !crowd.isOver; n++) {
      await sleep(Math.min(TICK_MS, crowd.leftMs))
      socket.read(1)
      socket.write(drips.charAt(n))
    }
    if (socket.destroyed) crowd.count(`${what} closed by the server`)
    socket.destroy()
  }
}
