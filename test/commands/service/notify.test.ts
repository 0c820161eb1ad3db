import t from 'tap'
import {
  createNotifier,
  type NotifyWorld,
  watchdogPeriodMs,
} from '../../../src/commands/service/notify.ts'

/** Records messages; its timers tick when the test makes them. */
function fakeWorld(env: Record<string, string>, run?: NotifyWorld['run']) {
  const sent: string[][] = []
  const warnings: string[] = []
  const timers: { periodMs: number; tick: () => Promise<void>; ended: boolean }[] = []
  const world: NotifyWorld = {
    env,
    pid: 42,
    run:
      run ??
      (async (args) => {
        sent.push([...args])
      }),
    every(periodMs, tick) {
      const timer = { periodMs, tick, ended: false }
      timers.push(timer)
      return () => {
        timer.ended = true
      }
    },
    warn: (message) => warnings.push(message),
  }
  return { world, sent, warnings, timers }
}

const UNDER_SYSTEMD = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' }

t.test('outside systemd nothing is sent and no timer runs', async (t) => {
  const { world, sent, timers } = fakeWorld({ WATCHDOG_USEC: '60000000' })
  const notifier = createNotifier(world)
  await notifier.ready('Serving')
  await notifier.stopping()
  notifier.startWatchdog()()
  t.strictSame(sent, [])
  t.strictSame(timers, [])
})

t.test('tells systemd that it is ready, with a status line, and that it stops', async (t) => {
  const { world, sent } = fakeWorld(UNDER_SYSTEMD)
  const notifier = createNotifier(world)
  await notifier.ready('Serving on port 8000')
  await notifier.stopping()
  t.strictSame(sent, [['READY=1', 'STATUS=Serving on port 8000'], ['STOPPING=1']])
})

t.test('asks systemd for the time that handing over thermostats takes', async (t) => {
  const { world, sent } = fakeWorld(UNDER_SYSTEMD)
  await createNotifier(world).stopping(60)
  t.strictSame(sent, [['STOPPING=1', 'EXTEND_TIMEOUT_USEC=70000000']])
})

t.test('the watchdog is fed at half its period until it is ended', async (t) => {
  const { world, sent, timers } = fakeWorld(UNDER_SYSTEMD)
  const end = createNotifier(world).startWatchdog()
  t.match(timers, [{ periodMs: 30_000, ended: false }])
  await timers[0]?.tick()
  await timers[0]?.tick()
  t.strictSame(sent, [['WATCHDOG=1'], ['WATCHDOG=1']])
  end()
  t.match(timers, [{ ended: true }])
})

t.test('an unhealthy server stops feeding the watchdog', async (t) => {
  const { world, sent, timers } = fakeWorld(UNDER_SYSTEMD)
  let healthy = false
  createNotifier(world).startWatchdog(async () => healthy)
  await timers[0]?.tick()
  t.strictSame(sent, [])
  healthy = true
  await timers[0]?.tick()
  t.strictSame(sent, [['WATCHDOG=1']])
})

t.test('without a watchdog in the unit no timer runs', async (t) => {
  const { world, timers } = fakeWorld({ NOTIFY_SOCKET: '/run/systemd/notify' })
  createNotifier(world).startWatchdog()
  t.strictSame(timers, [])
})

t.test('a message that cannot be sent is one warning, and no error', async (t) => {
  const { world, warnings } = fakeWorld(UNDER_SYSTEMD, async () => {
    throw new Error('spawn systemd-notify ENOENT')
  })
  const notifier = createNotifier(world)
  await notifier.ready()
  await notifier.stopping()
  t.match(warnings, [/READY=1.*ENOENT.*Type=exec/])
  t.equal(warnings.length, 1)
})

t.test('the watchdog period is half of the limit that systemd sets', async (t) => {
  const rows: [string, Record<string, string>, number | undefined][] = [
    ['none set', {}, undefined],
    ['half of the limit', { WATCHDOG_USEC: '60000000' }, 30_000],
    ['meant for this process', { WATCHDOG_USEC: '2000000', WATCHDOG_PID: '42' }, 1000],
    ['meant for another process', { WATCHDOG_USEC: '2000000', WATCHDOG_PID: '7' }, undefined],
    ['not a number', { WATCHDOG_USEC: 'soon' }, undefined],
    ['zero', { WATCHDOG_USEC: '0' }, undefined],
    ['never less than a millisecond', { WATCHDOG_USEC: '1' }, 1],
  ]
  for (const [name, env, expected] of rows) t.equal(watchdogPeriodMs(env, 42), expected, name)
})
