import t from 'tap'
import type { Answer } from '../../../src/api/endpoints.ts'
import {
  isOpen,
  matterFacts,
  matterLine,
  minutesText,
} from '../../../src/web/views/settings/matter-rules.ts'

const RUNNING: Answer<'getMatter'> = {
  on: true,
  source: 'store',
  running: true,
  port: 5540,
  interface: null,
  fabrics: [],
  window_until: null,
  thermostats: 2,
  memory_bytes: 250_700_000,
  restarts: 0,
  last_error: null,
}
const STARTING = { ...RUNNING, running: false, thermostats: 0, memory_bytes: null }
const APPLE = { index: 1, name: 'Apple Home', vendor: 0x1349 }

t.test('tells how the Matter bridge goes', async (t) => {
  t.match(matterLine({ ...STARTING, on: false }, false).text, /^Off/)
  t.match(matterLine(STARTING, false), { text: /^Starting/, isFault: false })
  t.match(matterLine(STARTING, true), { text: /has not started/, isFault: true })
  const inUse = { ...STARTING, last_error: 'port 5540 is in use' }
  t.match(matterLine(inUse, false), {
    text: 'It does not run: port 5540 is in use. It is started again by itself.',
    isFault: true,
  })
  t.match(matterLine(RUNNING, false).text, /with 2 thermostats/)
  t.match(matterLine({ ...RUNNING, thermostats: 1 }, false).text, /with 1 thermostat\./)
  t.match(matterLine({ ...RUNNING, thermostats: 0 }, false).text, /nothing to show/)
})

t.test('tells where it is, what it takes and how often it was started again', async (t) => {
  t.equal(
    matterFacts(RUNNING, 'en-GB'),
    'UDP port 5540 on every network interface · 251 MB of memory',
  )
  t.equal(
    matterFacts({ ...STARTING, interface: 'eth0', restarts: 1 }, 'en-GB'),
    'UDP port 5540 on eth0 · started again once',
  )
  t.match(matterFacts({ ...RUNNING, restarts: 3 }), /started again 3 times/)
})

t.test('an app may be added until there is one, and while another one is let in', async (t) => {
  t.equal(isOpen(RUNNING), true)
  t.equal(isOpen(STARTING), false)
  t.equal(isOpen({ ...RUNNING, fabrics: [APPLE] }), false)
  const until = '2025-10-09T09:08:20.000Z'
  t.equal(isOpen({ ...RUNNING, fabrics: [APPLE], window_until: until }), true)
})

t.test('counts down in minutes and seconds', async (t) => {
  t.same([900, 605, 60, 9].map(minutesText), ['15:00', '10:05', '1:00', '0:09'])
})
