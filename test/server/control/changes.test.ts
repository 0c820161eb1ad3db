import t from 'tap'
import { EXPECTS_TURNS, SERIAL, startHome } from '../../helpers/home.ts'

const SPARE = '02AA01AC99999999'

t.test('a command can be followed until the thermostat has it (D1)', async (t) => {
  const { ask, clock, paired } = await startHome(t)
  const thermostat = await paired()
  const { body } = await ask('POST', '/command', {
    serial: SERIAL,
    command: 'set_temperature',
    value: 21.5,
  })
  await thermostat.waitFor('the setpoint', (one) => one.value('shared').target_temperature === 21.5)
  clock.advance(1000)
  await thermostat.waitFor('its acknowledgement', ({ unsettled }) => !unsettled)
  const { status, body: change } = await ask('GET', `/api/changes/${body.change_id}`)
  t.equal(status, 200)
  t.match(change, {
    id: body.change_id,
    serial: SERIAL,
    command: 'set_temperature',
    state: 'confirmed',
    reason: null,
    parts: [{ object_key: `shared.${SERIAL}`, state: 'confirmed', sends: 1 }],
  })
  t.type(change.ended_at, 'string')
})

t.test('a command with two parts is one change', async (t) => {
  const { ask, paired, unplug } = await startHome(t)
  await unplug(await paired())
  const { body } = await ask('POST', '/command', {
    serial: SERIAL,
    command: 'set_away',
    value: false,
  })
  t.match(await ask('GET', `/api/changes/${body.change_id}`), {
    body: {
      state: 'queued',
      ended_at: null,
      parts: [{ object_key: 'structure.default' }, { object_key: `device.${SERIAL}` }],
    },
  })
})

t.test(
  'a setpoint that was not fetched in time expires, with a reason (D4)',
  { skip: EXPECTS_TURNS },
  async (t) => {
    const { ask, clock, paired, unplug } = await startHome(t)
    await unplug(await paired())
    const command = { serial: SERIAL, command: 'set_temperature', value: 23 }
    const { body } = await ask('POST', '/command', command)
    clock.advance(31 * 60_000)
    t.match(await ask('GET', `/api/changes/${body.change_id}`), {
      body: { state: 'expired', reason: /did not come back in time/, parts: [{ sends: 0 }] },
    })
  },
)

t.test('changes are listed newest first, of one thermostat or of all', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired()
  await paired({ serial: SPARE })
  for (const [serial, value] of [
    [SERIAL, 20],
    [SPARE, 21],
    [SERIAL, 22],
  ]) {
    await ask('POST', '/command', { serial, command: 'set_temperature', value })
  }
  await ask('POST', '/command', { serial: SERIAL, command: 'set_away', value: false })
  const idsOf = async (query: string): Promise<unknown> => {
    const { changes } = (await ask('GET', `/api/changes${query}`)).body
    return Array.isArray(changes) ? changes.map((one) => (one as { id: number }).id) : changes
  }
  t.same(await idsOf(''), [4, 3, 2, 1])
  t.same(await idsOf(`?serial=${SPARE}`), [2])
  t.same(
    await idsOf(`?serial=${SERIAL.toLowerCase()}&limit=2`),
    [4, 3],
    'the two parts of 4 are one',
  )
})

t.test('an unknown change or thermostat is 404, an invalid limit 400', async (t) => {
  const { ask } = await startHome(t)
  for (const id of ['1', '0', '-1', 'abc', '1e3', '9'.repeat(30)]) {
    const { status, body } = await ask('GET', `/api/changes/${id}`)
    t.equal(status, 404, id)
    t.match(body, { message: 'Change not found' })
  }
  t.equal((await ask('GET', `/api/changes?serial=${SERIAL}`)).status, 404)
  for (const limit of ['0', '501', 'ten', '-1', '1.5']) {
    t.match(await ask('GET', `/api/changes?limit=${limit}`), {
      status: 400,
      body: { message: /limit must be a whole number from 1 to 500/ },
    })
  }
})
