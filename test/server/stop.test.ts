import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { Device } from '../helpers/device.ts'
import { SERIAL, startHome } from '../helpers/home.ts'

const SCHEDULE = `schedule.${SERIAL}`
const week = (temp: number): object => {
  const entry = { type: 'HEAT', time: 0, entry_type: 'setpoint', temp }
  return { ver: 2, name: 'Week', schedule_mode: 'HEAT', days: { 0: { 0: entry } } }
}

t.test('what is answered while the server stops leaves nothing to be done after it', async (t) => {
  const errors: string[] = []
  const note = (event: string): void => {
    errors.push(event)
  }
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: note }
  const home = await startHome(t, { log })
  const device = new Device(t, home)
  await device.put({ [SCHEDULE]: { object_key: SCHEDULE, ...week(19) } })
  const held = await device.hold([{ key: SCHEDULE, revision: 1, timestamp: 1 }])
  const command = { serial: SERIAL, command: 'set_schedule' }
  await home.ask('POST', '/command', { ...command, value: week(20) })
  await held.document()

  // A second one so soon after the first has to wait (D6).
  await home.ask('POST', '/command', { ...command, value: week(21) })

  // A subscribe that is half here when the server stops, and asks for what waits.
  const object = { object_key: SCHEDULE, object_revision: 1, object_timestamp: 1 }
  const body = JSON.stringify({ chunked: true, objects: [object] })
  const { port, hostname } = new URL(home.server.deviceUrl)
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST /nest/transport HTTP/1.1\r\nHost: x\r\nX-nl-device-id: ${SERIAL}\r\nContent-Length: ${body.length}\r\n\r\n{`,
  )
  await once(socket, 'connect')
  await device.get('/nest/ping').ended()
  const stopped = home.stop()
  socket.write(body.slice(1))
  t.match(String(await once(socket, 'data')), /^HTTP\/1.1 200 /)
  home.clock.advance(2_000)
  await stopped
  home.clock.advance(60_000)
  t.strictSame(errors, [])
})
