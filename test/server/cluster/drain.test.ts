import t from 'tap'
import { Device } from '../../helpers/device.ts'
import { startHome } from '../../helpers/home.ts'

const serialOf = (i: number): string => `02AA01AC000000${String(i).padStart(2, '0')}`

t.test('a stopping server lets its thermostats go one after the other', async (t) => {
  const home = await startHome(t, { config: { drainS: 10 } })
  const { server, clock, ask } = home
  const held = () => server.core.subscriptions.totals().devices
  for (let i = 0; i < 20; i++) await new Device(t, home, serialOf(i)).hold([])
  t.equal(held(), 20)
  t.match(await ask('GET', '/health/ready'), { status: 200, body: { ready: true } })

  const stopped = home.stop()
  t.match(await ask('GET', '/health/ready'), { status: 503, body: { success: false } })
  t.match(await ask('GET', '/health/live'), { status: 200 }, 'it still works')
  // The module is loaded first.
  while (held() > 18) await ask('GET', '/health')
  clock.advance(5_000)
  t.equal(held(), 8)
  await new Device(t, home, serialOf(0)).hold([])
  t.equal(held(), 9, 'one that comes again is still served')
  clock.advance(4_000)
  t.equal(held(), 0)
  clock.advance(1_000)
  await stopped
})

t.test('without a time for it, a server stops at once', async (t) => {
  const home = await startHome(t)
  await new Device(t, home).hold([])
  await home.stop()
  t.equal(home.server.core.subscriptions.totals().devices, 0)
})

t.test('a server whose database is in trouble wants no requests', async (t) => {
  const { ask, server } = await startHome(t)
  server.core.health.notice({ code: 'SQLITE_CORRUPT' })
  const { status, headers, body } = await ask('GET', '/health/ready')
  t.equal(status, 503)
  t.equal(headers.get('retry-after'), '1')
  t.match(body.message, /damaged/)
  t.match(await ask('GET', '/health/live'), { status: 200 })
})
