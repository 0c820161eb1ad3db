// The hostile load of `npm run network -- hostile`, in a process of its own: `hostile-load.ts DEVICE-PORT
// CONTROL-PORT`. It does at once, and again and again, all that fills memory; it ends when it is killed.
import { connect, type Socket } from 'node:net'
import { deviceRequest, httpRequest } from '../../bench/thermostat.ts'

const [devicePort = 0, controlPort = 0] = process.argv.slice(2).map(Number)
/** More addresses than one, because each has its share. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
const MADE_UP = 300
const AGAIN_MS = 500

let made = 0
const madeUp = (): string =>
  `66AA01AC${(made++ % MADE_UP).toString(16).toUpperCase().padStart(8, '0')}`

/** A connection that sends this, and comes again a moment after it was closed. */
function come(port: number, text: () => string, { reads = true, turns = true } = {}): void {
  const localAddress = ADDRESSES[Math.floor(Math.random() * ADDRESSES.length)] ?? ''
  const socket: Socket = connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  let next: NodeJS.Timeout | undefined
  socket.on('connect', () => socket.write(text()))
  if (!reads) socket.pause()
  // Each answer is followed by the next request after a moment: this is about memory, not about the processor.
  else if (turns) {
    socket.on('data', () => {
      clearTimeout(next)
      next = setTimeout(() => socket.write(text()), AGAIN_MS)
    })
  } else socket.resume()
  socket.on('close', () => clearTimeout(next))
  socket.on('close', () => setTimeout(come, AGAIN_MS, port, text, { reads, turns }))
}

function many(count: number, start: () => void): void {
  for (let i = 0; i < count; i++) setTimeout(start, i * 5)
}

const put = (value: string): string => {
  const serial = madeUp()
  const body = `{"session":"x","objects":[{"object_key":"device.${serial}","value":${value}}]}`
  return deviceRequest(serial, 'POST', '/nest/transport/put', body)
}
/** Unlike the last one, so that it is written. */
const any = (): string => Math.random().toString(36).slice(2)
const objects = (count: number): string => `{"${any()}":[${'{},'.repeat(count)}0]}`
const fields = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"f${i}":"${any()}"`).join(',')}}`
const schedule = (): string => {
  const day = Object.fromEntries(
    Array.from({ length: 96 }, (_, i) => [
      i,
      { type: 'HEAT', time: i * 900, temp: 15 + Math.random() * 10, entry_type: 'setpoint' },
    ]),
  )
  const days = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [i, day]))
  const value = { schedule_mode: 'HEAT', days }
  return httpRequest(
    'POST',
    '/command',
    JSON.stringify({ serial: madeUp(), command: 'set_schedule', value }),
  )
}
const subscribe = (): string => {
  const serial = madeUp()
  const listed = Array.from({ length: 128 }, (_, i) => ({
    object_key: `where.${i}${'x'.repeat(200)}`,
    object_revision: 0,
    object_timestamp: 0,
  }))
  const body = JSON.stringify({ chunked: true, session: 'x', objects: listed })
  return deviceRequest(serial, 'POST', '/nest/transport', body)
}
const half = (bytes: number): string =>
  httpRequest('POST', '/command', 'x'.repeat(bytes)).slice(0, -1)

const parts: readonly (() => void)[] = [
  // JSON that is large in memory, in full and in many small ones.
  () => many(20, () => come(devicePort, () => put(objects(80_000)))),
  () => many(20, () => come(controlPort, () => httpRequest('POST', '/command', objects(300_000)))),
  () => many(50, () => come(devicePort, () => put(objects(4_000)))),
  // Thermostats full to the brim.
  () => many(30, () => come(devicePort, () => put(fields(8_000)))),
  () => many(20, () => come(controlPort, schedule)),
  // Bodies that never end.
  () => many(60, () => come(controlPort, () => half(1_000_000), { turns: false })),
  () => many(400, () => come(devicePort, () => half(30_000), { turns: false })),
  // Readers that do not read.
  () =>
    many(60, () =>
      come(controlPort, () => httpRequest('GET', '/api/changes?limit=500'), { reads: false }),
    ),
  () =>
    many(60, () =>
      come(controlPort, () => httpRequest('GET', '/api/events?detail=1'), { reads: false }),
    ),
  () => many(400, () => come(devicePort, subscribe, { reads: false })),
  // Rows, questions and lines.
  () =>
    many(10, () =>
      come(controlPort, () =>
        httpRequest('POST', '/api/ensure-user', JSON.stringify({ userId: any() })),
      ),
    ),
  () => many(10, () => come(devicePort, () => httpRequest('GET', `/nest/weather/v1?q=${any()}`))),
  () => many(10, () => come(devicePort, () => httpRequest('GET', `/${any()}`))),
]
for (const start of parts) start()
