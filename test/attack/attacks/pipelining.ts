import { once } from 'node:events'
import { sleep } from '../../../bench/scenario.ts'
import { httpRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Crowd } from '../crowd.ts'
import { fillWithMadeUp, storedSerial } from '../made-up.ts'

const MADE_UP = 128
const CONNECTIONS = 10
/** So many of them hang up before they have their answers. */
const HANG_UP = 3
const HANG_UP_MS = 200
const REQUESTS = 2_000

const STATUS_LINE = 'HTTP/1.1 '
const BURST = Array.from({ length: REQUESTS }, (_, n) => {
  const paths = ['/api/devices', `/status?serial=${storedSerial(n % MADE_UP)}`, '/api/stats']
  return httpRequest('GET', paths[n % paths.length] ?? '/')
}).join('')

/** A few connections send thousands of requests at once, each of which reads what strangers made up. */
export const pipelining: Attack = {
  what: `${CONNECTIONS} connections send ${REQUESTS} requests at once, again and again`,
  prepare: (databasePath) => fillWithMadeUp(databasePath, MADE_UP),
  strangers: async (crowd) => {
    const all = addresses(CONNECTIONS)
    await Promise.all(all.map((address, n) => burst(crowd, address, n < HANG_UP)))
  },
}

/** Sends bursts from one address: each on a new connection after the last was closed. */
async function burst(crowd: Crowd, address: string, hangsUp: boolean): Promise<void> {
  while (!crowd.isOver) {
    const socket = crowd.connect('control', address)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    let unanswered = REQUESTS
    let rest = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      const answers = (rest + text).split(STATUS_LINE).length - 1
      rest = text.slice(1 - STATUS_LINE.length)
      crowd.count('answers', answers)
      unanswered -= answers
      if (unanswered <= 0) socket.destroy()
    })
    await Promise.race([once(socket, 'connect').catch(() => {}), closed])
    socket.write(BURST)
    crowd.count('bursts')
    crowd.sent(BURST.length)
    await Promise.race([closed, sleep(hangsUp ? HANG_UP_MS : crowd.leftMs)])
    socket.destroy()
    // A connection that is refused at once must not become a loop without an end.
    await sleep(10)
  }
}
