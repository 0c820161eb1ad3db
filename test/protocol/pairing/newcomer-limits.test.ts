import t from 'tap'
import {
  type Appearances,
  appear,
  FREE_PLACES,
  MAX_UNPAIRED,
  makeRoom,
  type Unpaired,
} from '../../../src/protocol/pairing/newcomer-limits.ts'

const HOME = '192.168.1.10'
const CAMERA = '192.168.1.66'
const MINUTE_MS = 60_000

/** How many of `count` get in at one instant. */
function flood(
  before: Appearances,
  networks: readonly string[],
  count: number,
  atMs: number,
): { appearances: Appearances; let: number; retryAfterS: number | undefined } {
  let appearances = before
  let admitted = 0
  let retryAfterS: number | undefined
  for (let i = 0; i < count; i++) {
    const verdict = appear(appearances, FREE_PLACES, networks[i % networks.length] ?? '', atMs)
    if ('retryAfterS' in verdict) retryAfterS = verdict.retryAfterS
    else {
      appearances = verdict.appearances
      admitted++
    }
  }
  return { appearances, let: admitted, retryAfterS }
}

t.test(
  'one network brings 20 new serials in a minute, and is told when to try again',
  async (t) => {
    const first = flood([], [HOME], 20, 1_000)
    t.equal(first.let, 20)
    const more = flood(first.appearances, [HOME], 1_000, 31_000)
    t.match(more, { let: 0, retryAfterS: 30 })
    t.equal(flood(first.appearances, [HOME], 1_000, 61_000).let, 20, 'a minute later')
  },
)

t.test(
  'while there is plenty of room nobody waits for a turn, nor pays for it later',
  async (t) => {
    const { appearances } = flood([], [HOME], 20, 0)
    t.strictSame(appear(appearances, FREE_PLACES - 1, HOME, 0), { appearances })
  },
)

t.test('when many networks bring some, one that brought none still gets its turn', async (t) => {
  const crowd = Array.from({ length: 10 }, (_, i) => `10.0.0.${i}`)
  const busy = flood([], crowd, 10_000, 0)
  t.match(busy, { let: 60, retryAfterS: 60 })
  t.equal(flood(busy.appearances, [HOME], 10, 10).let, 1)
  t.ok('retryAfterS' in appear(busy.appearances, FREE_PLACES, crowd[0] ?? '', 10))
})

t.test('there is an end to it, whoever they say they are', async (t) => {
  const everybody = Array.from({ length: 10_000 }, (_, i) => `network ${i}`)
  const busy = flood([], everybody, 10_000, 0)
  t.match(busy, { let: MAX_UNPAIRED, retryAfterS: 60 })
  t.equal(flood(busy.appearances, ['one more'], 1, MINUTE_MS).appearances.length, 1)
})

/** Some of one network, all silent for the same time. */
function some(network: string | undefined, count: number, silentMs: number): Unpaired[] {
  return Array.from({ length: count }, (_, i) => ({ serial: `${network} ${i}`, network, silentMs }))
}

const LONG_MS = 10 * MINUTE_MS
const rows: [string, readonly Unpaired[], string, string | undefined][] = [
  [
    'who made up serials and went away makes room',
    [...some(HOME, 1, 0), ...some(CAMERA, 254, LONG_MS), ...some(CAMERA, 1, LONG_MS + 1)],
    '192.168.1.11',
    `${CAMERA} 0`,
  ],
  [
    'one of many that keep calling from one address makes room for a newcomer from another',
    [...some(HOME, 1, 5), ...some(CAMERA, 255, 0)],
    '192.168.1.11',
    `${CAMERA} 0`,
  ],
  [
    'in one house, who has been silent goes before who calls',
    [...some(HOME, 3, 144 * LONG_MS), ...some(CAMERA, 253, 0)],
    HOME,
    `${HOME} 0`,
  ],
  [
    'who has the most places already gets no more of them from others, silent or not',
    [...some(HOME, 1, 144 * LONG_MS), ...some(CAMERA, 255, LONG_MS - 1)],
    CAMERA,
    undefined,
  ],
  [
    'but may have those of its own that are silent',
    [...some(HOME, 1, 144 * LONG_MS), ...some(CAMERA, 254, 0), ...some(CAMERA, 1, LONG_MS)],
    CAMERA,
    `${CAMERA} 0`,
  ],
  [
    'two that are as many do not push each other out',
    [...some(HOME, 128, 0), ...some(CAMERA, 128, 0)],
    HOME,
    undefined,
  ],
  [
    'after a restart those that have not called yet go first',
    [...some(undefined, 200, 10), ...some(HOME, 56, 0)],
    HOME,
    'undefined 0',
  ],
]

for (const [name, unpaired, network, forget] of rows) {
  t.test(`all places taken: ${name}`, async (t) => {
    const verdict = makeRoom(unpaired, network)
    t.equal('forget' in verdict ? verdict.forget : undefined, forget)
    if (forget === undefined) t.match(verdict, { retryAfterS: 60 })
  })
}

t.test('whoever floods, a newcomer from an address of its own finds room', async (t) => {
  for (const silentMs of [0, LONG_MS]) {
    let unpaired: Unpaired[] = some(CAMERA, MAX_UNPAIRED, silentMs)
    for (let i = 0; i < 100; i++) {
      const network = `thermostat ${i}`
      const verdict = makeRoom(unpaired, network)
      const goes = 'forget' in verdict ? verdict.forget : undefined
      t.match(goes, CAMERA, `thermostat ${i} gets a place of the flood`)
      unpaired = unpaired.filter(({ serial }) => serial !== goes)
      unpaired.push({ serial: network, network, silentMs: 0 })
      const again = makeRoom(unpaired, CAMERA)
      if ('forget' in again) t.match(again.forget, CAMERA, 'the flood takes only its own places')
    }
  }
})
