import t from 'tap'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

t.test(
  'a thermostat that has not reported shared and device is listed with all=1 only',
  async (t) => {
    const home = await startHome(t)
    const device = new Device(t, home)
    const put = (type: string, value: object) =>
      device
        .post('/nest/transport/put', { objects: [{ object_key: `${type}.${SERIAL}`, value }] })
        .json()
    const totals = async () => {
      const [some, all] = [
        await home.ask('GET', '/api/devices'),
        await home.ask('GET', '/api/devices?all=1'),
      ]
      t.match(all.body.devices, [{ serial: SERIAL }])
      return [some.body.total, all.body.total]
    }
    await device.get('/nest/passphrase').json()
    t.same(await totals(), [0, 1])
    await put('shared', { current_temperature: 19.7 })
    // A command on its way is no report of the thermostat.
    const value = { learning_mode: true }
    await home.ask('POST', '/command', { serial: SERIAL, command: 'set_device_setting', value })
    t.same(await totals(), [0, 1])
    await put('device', { battery_level: 3.75 })
    t.same(await totals(), [1, 1])
    const [listed] = (await home.ask('GET', '/api/devices')).body.devices as object[]
    t.match(listed, { mode: null, humidity: 0, software_version: '', backplate_temperature: 19.7 })
  },
)

t.test('a deleted thermostat loses data and connections, and comes back as new', async (t) => {
  const { ask, server, paired } = await startHome(t)
  const thermostat = await paired()
  const { store, subscriptions, events } = server.core
  const buckets = (await store.load(SERIAL)).buckets.size
  // It reconnects as soon as its connection ends, so the data is checked at that moment.
  const left = new Promise((resolve) => {
    events.on('deviceChanged', async (serial) => {
      const { device, owner } = await store.load(serial)
      if (device === undefined) resolve([device, owner, subscriptions.count(serial)])
    })
  })
  const returns = () =>
    thermostat.log.filter((one) => one.kind === 'answered' && one.request === 'subscribe').length
  const before = returns()
  const { status, body } = await ask('DELETE', '/api/device', { serial: SERIAL })
  t.equal(status, 200)
  t.same(body, { success: true, serial: SERIAL, objects_deleted: buckets })
  t.same(await left, [undefined, undefined, 0])
  await thermostat.waitFor('its return', () => returns() > before)
  t.notOk(
    thermostat.log.find(({ kind }) => kind === 'failed'),
    'it saw a clean end',
  )
  t.same(thermostat.violations, [])
  t.match((await ask('GET', `/status?serial=${SERIAL}`)).body, { owner: null, serial: SERIAL })
  t.equal((await store.load(SERIAL)).buckets.get('user.homeassistant'), undefined)
  t.same((await ask('GET', '/api/registered-devices')).json, [])
})

t.test('deleting a thermostat ends its open changes, with the reason', async (t) => {
  const { ask, server, paired, unplug } = await startHome(t)
  await unplug(await paired())
  await ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value: 20 })
  const ended: string[] = []
  server.core.events.on('changeMoved', ({ state, reason }) => ended.push(`${state}: ${reason}`))
  await ask('DELETE', '/api/device', { serial: SERIAL })
  t.same(ended, ['superseded: the thermostat was deleted'])
  t.equal((await ask('GET', '/api/changes/1')).status, 404)
})

t.test('a put at the moment of the deletion is answered', async (t) => {
  const { ask, server, paired } = await startHome(t)
  await paired()
  const put = fetch(`${server.deviceUrl}/nest/transport/put`, {
    method: 'POST',
    headers: { 'X-nl-device-id': SERIAL },
    body: JSON.stringify({ [`shared.${SERIAL}`]: { target_temperature: 18 } }),
  })
  const [gone, answer] = await Promise.all([ask('DELETE', '/api/device', { serial: SERIAL }), put])
  t.equal(gone.status, 200)
  t.equal(answer.status, 200)
  await answer.arrayBuffer()
})

t.test('only a thermostat on file can be deleted', async (t) => {
  const { ask } = await startHome(t)
  t.match(await ask('DELETE', '/api/device', {}), {
    status: 400,
    body: { error: 'Serial required' },
  })
  t.match(await ask('DELETE', '/api/device', { serial: SERIAL }), {
    status: 404,
    body: { error: 'Device not found' },
  })
  t.match(await ask('DELETE', '/api/device'), { status: 400 })
})

t.test('the pairing dialog can be dismissed (P13)', async (t) => {
  const { ask, thermostat } = await startHome(t)
  await thermostat()
  const path = `/api/dismiss-pairing/${SERIAL}`
  t.same((await ask('POST', path)).body, {
    success: true,
    message: `Pairing dialog dismissed for ${SERIAL}`,
  })
  t.match((await ask('POST', path)).body, {
    success: true,
    message: /^No pairing dialog to dismiss/,
  })
  t.equal((await ask('POST', '/api/dismiss-pairing/02AA01AC99999999')).status, 404)
  t.equal((await ask('POST', '/api/dismiss-pairing/nonsense')).status, 404)
})
