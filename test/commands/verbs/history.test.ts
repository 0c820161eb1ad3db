import t, { type Test } from 'tap'
import { read } from 'xlsx'
import { main } from '../../../src/commands/main.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { simulatedHouse } from '../../helpers/simulated-house.ts'
import { memoryIo } from '../memory-io.ts'

const MINUTE_MS = 60_000
/** Whole minutes between two puts: a thermostat reports about so often. */
const EVERY = 10

/** A server that a thermostat named Hallway has reported to for some days, and the command line there. */
async function lived(t: Test, days: number, scale: 'C' | 'F' = 'C') {
  const home = await startHome(t, { localOffsetS: () => 0 })
  const device = new Device(t, home)
  const put = (shared: object, more: object) =>
    device.put({
      objects: [
        { object_key: `shared.${SERIAL}`, value: { name: 'Hallway', ...shared } },
        { object_key: `device.${SERIAL}`, value: { temperature_scale: scale, ...more } },
      ],
    })
  const code = await device.code()
  await put({}, {})
  await home.ask('POST', '/api/register', { code, userId: 'anna' })
  let minute = 0
  for (const { shared, device: more } of simulatedHouse(START_MS, days * 1440)) {
    // It holds a connection all the time, so it never counts as silent.
    home.clock.advance(minute === 0 ? 0 : MINUTE_MS)
    if (minute % 5 === 0) {
      await put(shared, more)
      if (minute % EVERY === 0) await home.ask('GET', `/api/runtime?serial=${SERIAL}`)
    }
    minute += 1
  }
  const nle = async (args: readonly string[], columns = 80) => {
    const memory = memoryIo({ nowMs: home.clock.now().wallMs })
    const exitCode = await main(['history', ...args, '--server', home.server.controlUrl], {
      ...memory.io,
      columns,
    })
    return { exitCode, stdout: memory.stdout(), stderr: memory.stderr() }
  }
  return { home, nle }
}

t.test('history draws the temperature, and tells how long what ran', async (t) => {
  const { nle } = await lived(t, 3)
  for (const columns of [60, 80]) {
    const { exitCode, stdout } = await nle(['hallway', '--days', '3'], columns)
    t.equal(exitCode, 0)
    const lines = stdout.split('\n')
    t.match(lines[0], 'Hallway, the last 3 days: temperature, °C')
    t.ok(lines.some((line) => /^ *\d\d(\.\d)?┤.*━/.test(line)))
    t.match(stdout, /^DAY +HEATING +DEGREE HOURS/m)
    t.match(stdout, /^Fri 10 Oct +\d+:\d\d +\d+/m)
    t.match(stdout, /^all +\d+:\d\d/m)
    const widest = Math.max(...lines.map((line) => line.length))
    t.ok(widest <= columns, `${widest} of ${columns} columns`)
  }
})

t.test('--field draws others, and not what cannot be drawn', async (t) => {
  const { nle } = await lived(t, 1)
  const { stdout } = await nle(['hallway', '--days', '1', '--field', 'humidity', 'heating'])
  t.match(stdout, /Hallway, today: humidity, %\n[\s\S]*Hallway, today: heating\n/)
  t.match(await nle(['hallway', '--field', 'mode']), { exitCode: 2, stderr: /cannot be drawn/ })
  t.match(await nle(['hallway', '--field', 'mood']), { exitCode: 2, stderr: /no field mood/ })
  t.match(await nle(['hallway', '--days', '0']), { exitCode: 2, stderr: /--days has to be/ })
  t.match(await nle(['hallway', '--csv', '--json']), { exitCode: 2, stdout: /not both/ })
})

t.test('temperatures are in the scale of the thermostat', async (t) => {
  const { nle } = await lived(t, 1, 'F')
  const { stdout } = await nle(['hallway', '--days', '2'])
  t.match(stdout, 'temperature, °F')
  t.match(stdout, /^ *7\d┤/m)
})

t.test('--csv is a table that a spreadsheet reads, --json what the server answered', async (t) => {
  const { nle } = await lived(t, 1)
  const { stdout } = await nle(['hallway', '--days', '2', '--csv'])
  const book = read(stdout, { type: 'string', cellDates: true })
  const sheet = book.Sheets[book.SheetNames[0] ?? ''] ?? {}
  t.strictSame([sheet.A1?.v, sheet.C1?.v, sheet.H1?.v], ['time', 'temperature', 'mode'])
  t.equal(sheet.A2?.t, 'd', 'a time is a time')
  const row = stdout.split('\r\n').findIndex((line) => line.includes(',heat,')) + 1
  t.equal(sheet[`C${row}`]?.t, 'n', 'a number is a number')
  const json = JSON.parse((await nle(['hallway', '--days', '2', '--json'])).stdout)
  t.match(json, { history: { serial: SERIAL }, runtime: { by: 'day' } })
  t.equal(json.history.time.length, json.history.temperature.length)
  t.equal(json.runtime.rows.length, 2)
})

t.test('without anything known it says why', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device.code()
  const nle = async () => {
    const memory = memoryIo({ nowMs: START_MS })
    const exitCode = await main(['history', SERIAL, '--server', home.server.controlUrl], memory.io)
    return { exitCode, stdout: memory.stdout(), stderr: memory.stderr() }
  }
  t.match(await nle(), { exitCode: 0, stdout: /Nothing .* it is not paired/ })
  await home.ask('POST', '/api/register', { code: await device.code(), userId: 'anna' })
  t.match(await nle(), { exitCode: 0, stdout: /Nothing .* is known .* yet/ })
})

t.test('with HISTORY=off it says how to begin', async (t) => {
  const home = await startHome(t, { config: { history: false } })
  await home.paired()
  const memory = memoryIo({ nowMs: START_MS })
  t.equal(await main(['history', SERIAL, '--server', home.server.controlUrl], memory.io), 4)
  t.match(memory.stderr(), /HISTORY is off/)
})
