import t from 'tap'
import {
  admitNewcomer,
  FREE_PLACES,
  findPlace,
  MAX_UNPAIRED,
  type RecentNewcomers,
  type Unpaired,
} from '../../../src/protocol/pairing/newcomer-limits.ts'

const HOME = '192.168.1.10'
const CAMERA = '192.168.1.66'
const MINUTE_MS = 60_000

/** Admits up to `count` newcomers at one instant, from these networks in turn. */
function flood(
  before: RecentNewcomers,
  networks: readonly string[],
  count: number,
  atMs: number,
): { newcomers: RecentNewcomers; admitted: number; retryAfterS: number | undefined } {
  let newcomers = before
  let admitted = 0
  let retryAfterS: number | undefined
  for (let i = 0; i < count; i++) {
    const verdict = admitNewcomer(newcomers, FREE_PLACES, networks[i % networks.length] ?? '', atMs)
    if ('retryAfterS' in verdict) retryAfterS = verdict.retryAfterS
    else {
      newcomers = verdict.newcomers
      admitted++
    }
  }
  return { newcomers, admitted, retryAfterS }
}

t.test(
  '20 newcomers of one network are admitted in a minute, and others are told when to try again',
  async (t) => {
    const first = flood([], [HOME], 20, 1_000)
    t.equal(first.admitted, 20)
    const more = flood(first.newcomers, [HOME], 1_000, 31_000)
    t.match(more, { admitted: 0, retryAfterS: 30 })
    t.equal(flood(first.newcomers, [HOME], 1_000, 61_000).admitted, 20, 'a minute later')
  },
)

t.test(
  'while half of the places are free, every newcomer is admitted and none is counted',
  async (t) => {
    const { newcomers } = flood([], [HOME], 20, 0)
    t.strictSame(admitNewcomer(newcomers, FREE_PLACES - 1, HOME, 0), { newcomers })
  },
)

t.test(
  'after 60 newcomers of known networks in a minute, the first of another one is admitted',
  async (t) => {
    const crowd = Array.from({ length: 10 }, (_, i) => `10.0.0.${i}`)
    const busy = flood([], crowd, 10_000, 0)
    t.match(busy, { admitted: 60, retryAfterS: 60 })
    t.equal(flood(busy.newcomers, [HOME], 10, 10).admitted, 1)
    t.ok('retryAfterS' in admitNewcomer(busy.newcomers, FREE_PLACES, crowd[0] ?? '', 10))
  },
)

t.test('256 newcomers are admitted in a minute from all networks together', async (t) => {
  const networks = Array.from({ length: 10_000 }, (_, i) => `network ${i}`)
  const busy = flood([], networks, 10_000, 0)
  t.match(busy, { admitted: MAX_UNPAIRED, retryAfterS: 60 })
  t.equal(flood(busy.newcomers, ['one more'], 1, MINUTE_MS).newcomers.length, 1)
})

/** Unpaired thermostats of one network, all silent for the same time. */
function some(network: string | undefined, count: number, silentMs: number): Unpaired[] {
  return Array.from({ length: count }, (_, i) => ({ serial: `${network} ${i}`, network, silentMs }))
}

const LONG_MS = 10 * MINUTE_MS
const rows: [string, readonly Unpaired[], string, string | undefined][] = [
  [
    'a thermostat silent for ten minutes is evicted',
    [...some(HOME, 1, 0), ...some(CAMERA, 254, LONG_MS), ...some(CAMERA, 1, LONG_MS + 1)],
    '192.168.1.11',
    `${CAMERA} 0`,
  ],
  [
    'a newcomer from another network evicts one of the network with the most places',
    [...some(HOME, 1, 5), ...some(CAMERA, 255, 0)],
    '192.168.1.11',
    `${CAMERA} 0`,
  ],
  [
    'a newcomer of the same network evicts the one silent for longest',
    [...some(HOME, 3, 144 * LONG_MS), ...some(CAMERA, 253, 0)],
    HOME,
    `${HOME} 0`,
  ],
  [
    'the network with the most places evicts no thermostat of another network',
    [...some(HOME, 1, 144 * LONG_MS), ...some(CAMERA, 255, LONG_MS - 1)],
    CAMERA,
    undefined,
  ],
  [
    'the network with the most places evicts its own silent ones',
    [...some(HOME, 1, 144 * LONG_MS), ...some(CAMERA, 254, 0), ...some(CAMERA, 1, LONG_MS)],
    CAMERA,
    `${CAMERA} 0`,
  ],
  [
    'two networks with equally many places do not evict each other',
    [...some(HOME, 128, 0), ...some(CAMERA, 128, 0)],
    HOME,
    undefined,
  ],
  [
    'after a restart those that have not called yet are evicted first',
    [...some(undefined, 200, 10), ...some(HOME, 56, 0)],
    HOME,
    'undefined 0',
  ],
]

for (const [name, unpaired, network, evicted] of rows) {
  t.test(`all places taken: ${name}`, async (t) => {
    const verdict = findPlace(unpaired, network)
    t.equal('evict' in verdict ? verdict.evict : undefined, evicted)
    if (evicted === undefined) t.match(verdict, { retryAfterS: 60 })
  })
}

t.test('one network has at most half of the places that the others leave', async (t) => {
  const free = { evict: undefined }
  t.strictSame(findPlace(some(CAMERA, 127, 0), CAMERA), free)
  t.match(findPlace(some(CAMERA, 128, 0), CAMERA), { retryAfterS: 60 })
  t.strictSame(findPlace([...some(CAMERA, 128, 0), ...some(HOME, 63, 0)], HOME), free)
  const taken = [...some(CAMERA, 128, 0), ...some(HOME, 64, 0)]
  t.strictSame(findPlace(taken, HOME), { evict: `${CAMERA} 0` }, 'then it takes from one with more')
  t.strictSame(findPlace(some(CAMERA, 128, LONG_MS), CAMERA), { evict: `${CAMERA} 0` })
})

t.test('a newcomer from another network gets a place during any flood', async (t) => {
  for (const silentMs of [0, LONG_MS]) {
    let unpaired: Unpaired[] = some(CAMERA, MAX_UNPAIRED, silentMs)
    for (let i = 0; i < 100; i++) {
      const network = `thermostat ${i}`
      const verdict = findPlace(unpaired, network)
      const evictedNow = 'evict' in verdict ? verdict.evict : undefined
      t.match(evictedNow, CAMERA, `thermostat ${i} gets a place from the flood`)
      unpaired = unpaired.filter(({ serial }) => serial !== evictedNow)
      unpaired.push({ serial: network, network, silentMs: 0 })
      const again = findPlace(unpaired, CAMERA)
      if ('evict' in again) t.match(again.evict, CAMERA, 'the flood takes only its own places')
    }
  }
})
