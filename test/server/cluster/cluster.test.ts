import t from 'tap'
import type { SharedWork } from '../../../src/server/cluster/cluster.ts'
import { CodeGuesses } from '../../../src/server/control/guards/code-guesses.ts'
import { SERIAL } from '../../helpers/home.ts'
import { settled, startProcesses } from './processes.ts'

const HOLD_MS = 290_000
const DEVICE = `device.${SERIAL}`

/** Work of a process that notes what it does. */
function noted(told: string[], index: number, begins: () => boolean = () => true): SharedWork {
  return {
    async begin({ epoch }) {
      if (!begins()) throw new Error('not now')
      told.push(`${index} begins as ${epoch}`)
    },
    end() {
      told.push(`${index} ends`)
    },
    async refresh() {
      told.push(`${index} refreshes`)
    },
  }
}

t.test('one process at a time has a job, and another takes it over', async (t) => {
  const told: string[] = []
  const { all, clock } = await startProcesses(t, 2, (index) => ({ mqtt: noted(told, index) }))
  await settled()
  t.strictSame(told.splice(0), ['0 ends', '0 begins as 1', '1 ends'], 'each stands by at first')
  clock.advance(30_000)
  t.strictSame(told.splice(0), ['0 refreshes', '1 refreshes'])
  all[0]?.fake.loseJobs()
  await settled()
  t.strictSame(told.splice(0).sort(), ['0 ends', '1 begins as 2'])
  await all[1]?.cluster.stop()
  await settled()
  t.strictSame(told, ['1 ends', '0 begins as 3'])
})

t.test('a job that comes while a process ends is not begun, and goes to another one', async (t) => {
  const told: string[] = []
  const { all } = await startProcesses(t, 2, (index) => ({ mqtt: noted(told, index) }))
  await settled()
  told.splice(0)
  const stopped = all[1]?.cluster.stop()
  all[0]?.fake.loseJobs()
  await stopped
  await settled()
  t.strictSame(told, ['0 ends', '0 begins as 3'])
})

t.test('a job that cannot be begun is tried again while this process has it', async (t) => {
  const told: string[] = []
  let begins = false
  const work = (index: number) => ({ mqtt: noted(told, index, () => begins) })
  const { clock } = await startProcesses(t, 1, work)
  await settled()
  t.strictSame(told, ['0 ends'])
  begins = true
  clock.advance(5_000)
  await settled()
  t.strictSame(told, ['0 ends', '0 begins as 1'])
})

t.test('a thermostat that calls another process is reachable for all', async (t) => {
  const { all, clock } = await startProcesses(t, 2)
  const [a, b] = all
  if (a === undefined || b === undefined) throw new Error('too few')
  const heard: [string, boolean][] = []
  a.core.events.on('availabilityChanged', (...change) => heard.push(change))
  await a.put(DEVICE, { current_humidity: 40 })
  await b.core.presence.learn([SERIAL])
  t.ok(b.core.presence.isAvailable(SERIAL), 'b asks when a heard of it')
  t.strictSame(heard.splice(0), [[SERIAL, true]])

  for (let passedMs = 0; passedMs < 3 * HOLD_MS; passedMs += 30_000) {
    await b.put(DEVICE, { current_humidity: 41 })
    clock.advance(30_000)
    await settled()
  }
  t.ok(a.core.presence.isAvailable(SERIAL), 'it is with b now')
  t.strictSame(heard, [], 'and a takes it for silent at no time')

  for (let passedMs = 0; passedMs < 2 * HOLD_MS; passedMs += 30_000) {
    clock.advance(30_000)
    await settled()
  }
  t.notOk(a.core.presence.isAvailable(SERIAL))
  t.strictSame(heard, [[SERIAL, false]], 'it is said once')
})

t.test('wrong codes are counted by all processes together (P12)', async (t) => {
  const { all, clock } = await startProcesses(t, 3)
  const guards = all.map(({ core }) => new CodeGuesses(core))
  const guesser = { remoteAddress: '198.51.100.7', limitKey: '198.51.100.7' }
  const other = { remoteAddress: '198.51.100.8', limitKey: '198.51.100.8' }
  for (let n = 0; n < 10; n++) await guards[n % 3]?.countTogether(guesser)
  for (const guard of guards) {
    await t.rejects(guard.admitTogether(guesser), { code: 'rate_limited' })
    await t.resolves(guard.admitTogether(other))
  }
  clock.advance(60_000)
  await t.resolves(guards[0]?.admitTogether(guesser) ?? Promise.reject())
})

t.test(
  'a network has one share of the places, whichever process its thermostats call',
  async (t) => {
    const { all, clock } = await startProcesses(t, 2)
    const [a, b] = all
    if (a === undefined || b === undefined) throw new Error('too few processes')
    const serial = (n: number) => `02AA01AC00${String(n).padStart(6, '0')}`
    const network = '198.51.100.7'
    // Half of all places: what one network may have.
    for (let n = 0; n < 128; n++) await a.pairing.passphrase({ serial: serial(n), network })
    clock.advance(60_000)
    await settled()
    const next = b.pairing.passphrase({ serial: serial(128), network })
    await t.rejects(next, { code: 'rate_limited', message: /128 of them from this address/ })
    await t.resolves(b.pairing.passphrase({ serial: serial(129), network: '198.51.100.8' }))
  },
)

t.test('newcomers are counted by all processes together', async (t) => {
  const { all } = await startProcesses(t, 3)
  const meet = (n: number) => {
    const caller = { serial: `02AA01AC00${String(n).padStart(6, '0')}`, network: '198.51.100.7' }
    const { core, pairing } = all[n % 3] ?? all[0] ?? { core: undefined, pairing: undefined }
    if (core === undefined || pairing === undefined) throw new Error('too few')
    return pairing.passphrase(caller).then(
      () => 'in',
      (error) => error.code,
    )
  }
  const answers: string[] = []
  for (let n = 0; n < 200; n++) answers.push(await meet(n))
  t.equal(answers.filter((each) => each === 'in').length, 128 + 20, 'as one process would')
})
