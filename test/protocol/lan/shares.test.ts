import t from 'tap'
import { mayTake, whoGivesWay } from '../../../src/protocol/lan/shares.ts'

t.test('one address takes at most half of what the others leave', async (t) => {
  t.ok(mayTake(31, 0, 64))
  t.notOk(mayTake(32, 0, 64))
  t.ok(mayTake(15, 32, 64))
  t.notOk(mayTake(16, 32, 64))
})

t.test('the first place of an address is its share while there is one', async (t) => {
  t.ok(mayTake(0, 63, 64))
  t.notOk(mayTake(0, 64, 64))
})

/** Addresses that take all they can get, in turn, until nothing changes any more. */
function settled(addresses: number, total: number): number[] {
  const counts = new Map<string, number>()
  const places = (address: string): number => counts.get(address) ?? 0
  for (let round = 0; round < 2 * total; round++) {
    for (let i = 0; i < addresses; i++) {
      const address = `10.0.0.${i}`
      const own = places(address)
      const taken = [...counts.values()].reduce((sum, each) => sum + each, 0)
      const giving = mayTake(own, taken - own, total) ? address : whoGivesWay(counts, own)
      if (giving === undefined) continue
      if (giving !== address) counts.set(giving, places(giving) - 1)
      counts.set(address, own + 1)
    }
  }
  return [...counts.values()]
}

t.test('greedy addresses end up with equal shares, and leave as much for the next', async (t) => {
  for (const addresses of [1, 2, 3, 7, 20]) {
    const counts = settled(addresses, 256)
    const taken = counts.reduce((sum, each) => sum + each, 0)
    const least = Math.min(...counts)
    t.equal(counts.length, addresses, 'each has some')
    t.ok(Math.max(...counts) - least <= 1, `equal shares: ${counts}`)
    t.ok(256 - taken >= least - addresses && taken < 256, `${256 - taken} are left`)
  }
})

t.test('when every place is taken, the address with most gives way', async (t) => {
  const counts = Object.entries({ a: 2, b: 5, c: 1 })
  t.equal(whoGivesWay(counts, 0), 'b')
  t.equal(whoGivesWay(counts, 3), 'b')
  t.equal(whoGivesWay(counts, 4), undefined, 'not for one that would have as many')
  t.equal(whoGivesWay(Object.entries({ a: 1, b: 1 }), 0), undefined)
})
