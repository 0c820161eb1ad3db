import t, { type Test } from 'tap'
import { callFrom } from '../../commands/homes.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const NEW_YORK_S = -4 * 3600
const EVENT = 'time zones differ'

/** A server in New York, in summer. */
async function newYork(t: Test) {
  const log = new RecordingLogger()
  const home = await startHome(t, { log, localOffsetS: () => NEW_YORK_S })
  return { home, log }
}

async function report(home: Home, serial: string, zone: string): Promise<void> {
  const objects = [{ object_key: `device.${serial}`, value: { time_zone: zone } }]
  await fetch(`${home.server.deviceUrl}/nest/transport/put`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`d.${serial}.ABCD:secret`)}` },
    body: JSON.stringify({ session: 's', objects }),
  })
}

/** Lets the check run; it loads the thermostat before it writes a line. */
async function pass(home: Home, ms: number): Promise<void> {
  home.clock.advance(ms)
  await home.ask('GET', '/health')
}

t.test('warns once when a thermostat reports another time zone', async (t) => {
  const { home, log } = await newYork(t)
  await home.paired()
  await report(home, SERIAL, 'Europe/Berlin')
  await pass(home, 3_600_000)
  t.match(log.of(EVENT), [
    {
      level: 'warn',
      fields: { serial: SERIAL, reason: /UTC\+02:00 and the server's in UTC-04:00/ },
    },
  ])
  await pass(home, 7_200_000)
  await report(home, SERIAL, 'Europe/Paris')
  await pass(home, 60_000)
  t.equal(log.of(EVENT).length, 1)
  const { body } = await home.ask('GET', `/status?serial=${SERIAL}`)
  t.match(body.time_zone_warning, /schedules follow the thermostat's/)
})

t.test('no warning for the same offset, nor for a thermostat that is not paired', async (t) => {
  const { home, log } = await newYork(t)
  await home.paired()
  await report(home, SERIAL, 'America/Toronto')
  const stranger = '02AA01AC99999999'
  await callFrom(home, stranger, '/nest/passphrase')
  await report(home, stranger, 'Europe/Berlin')
  await pass(home, 3_600_000)
  t.strictSame(log.of(EVENT), [])
  const { body } = await home.ask('GET', `/status?serial=${SERIAL}`)
  t.equal(body.time_zone_warning, null)
})
