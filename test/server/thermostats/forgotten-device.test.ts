import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'

const DAY_MS = 86_400_000
/** Housekeeping comes round in this time. */
const SWEEP_MS = 30_000

/** What a thermostat does that has only ever asked for its code. */
async function askForCode(deviceUrl: string): Promise<{ status: number; value?: string }> {
  const headers = { 'X-nl-device-id': SERIAL }
  const answer = await fetch(`${deviceUrl}/nest/passphrase`, { headers })
  const { value } = (await answer.json()) as { value: string }
  return { status: answer.status, value }
}

t.test('a thermostat that was forgotten after a day of silence is served again', async (t) => {
  const { ask, clock, server } = await startHome(t)
  await askForCode(server.deviceUrl)
  clock.advance(DAY_MS + SWEEP_MS)
  t.equal((await ask('GET', `/status?serial=${SERIAL}`)).status, 404, 'it is forgotten')
  t.equal((await askForCode(server.deviceUrl)).status, 200)
  t.equal((await ask('GET', `/status?serial=${SERIAL}`)).status, 200, 'and on file again')
})

t.test(
  'one that renews its code by asking stays, and is forgotten a day after it stopped',
  async (t) => {
    const { clock, server } = await startHome(t)
    const { store } = server.core
    const { value = '' } = await askForCode(server.deviceUrl)
    for (let askedMs = 0; askedMs < 2 * DAY_MS; askedMs += 20 * 60_000) {
      clock.advance(20 * 60_000)
      t.equal((await askForCode(server.deviceUrl)).value, value, 'P3, P4')
    }
    const { buckets } = await store.load(SERIAL)
    t.ok(buckets.get(`device_alert_dialog.${SERIAL}`), 'P13')
    // It is written down now and then only when it was seen.
    clock.advance(DAY_MS - 11 * 60_000)
    await fetch(`${server.deviceUrl}/nest/ping`)
    t.ok((await store.load(SERIAL)).device, 'not before')
    clock.advance(11 * 60_000 + 3_600_000 + SWEEP_MS)
    await fetch(`${server.deviceUrl}/nest/ping`)
    t.equal((await store.load(SERIAL)).device, undefined)
    t.equal(await store.keyByCode(value), undefined)
    t.strictSame(await store.bucketSummaries(), [])
  },
)

t.test('P3: a clock that is set right by years takes no code away', async (t) => {
  const { ask, clock, server } = await startHome(t)
  const { value } = await askForCode(server.deviceUrl)
  clock.wallOffsetMs = 3650 * DAY_MS
  clock.advance(SWEEP_MS)
  t.equal((await askForCode(server.deviceUrl)).value, value)
  const claim = await ask('POST', '/api/register', { code: value, userId: 'homeassistant' })
  t.match(claim.body, { success: true, serial: SERIAL })
})
