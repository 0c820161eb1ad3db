import fc from 'fast-check'
import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { cutPage, newestFirst, oldestFirst, sortByKey } from '../../../src/server/control/paging.ts'
import { Device } from '../../helpers/device.ts'
import { type Answer, startHome } from '../../helpers/home.ts'
import { decide } from '../../helpers/seed-store.ts'

const serialOf = (n: number) => `02AA01AC0000000${n}`

t.test('pages hold the whole list once, in its order', (t) => {
  const times = fc.array(fc.nat(5), { maxLength: 30 })
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 7 }), fc.boolean(), (atMs, limit, newest) => {
      const keyOf = ([at, serial]: [number, string]) =>
        newest ? newestFirst(at, serial) : oldestFirst(at, serial)
      const all = atMs.map((at, n): [number, string] => [at, `S${n}`])
      const sorted = sortByKey(all, keyOf)
      const paged: [number, string][] = []
      let after: string | null = ''
      while (after !== null) {
        const page: { entries: [number, string][]; next: string | null } = cutPage(sorted, keyOf, {
          limit,
          after,
        })
        paged.push(...page.entries)
        after = page.next
      }
      return JSON.stringify(paged) === JSON.stringify(sorted)
    }),
  )
  t.end()
})

t.test('lists come in pages when asked; the whole list stays as it was', async (t) => {
  const home = await startHome(t)
  const { store } = home.server.core
  for (const n of [1, 2, 3, 4, 5]) {
    await decide(store, serialOf(n), (draft) => {
      draft.setDevice(newDevice(1000))
      // The fourth has reported nothing, and is listed with all=1 only.
      if (n === 4) return
      draft.setOwner({ userId: 'homeassistant', createdAtMs: n < 3 ? 1000 : 2000 })
      for (const type of ['device', 'shared']) {
        const objectKey = `${type}.${serialOf(n)}`
        draft.putBucket({ objectKey, revision: 1, timestamp: 1, value: { a: 1 } }, '')
      }
    })
  }
  const pages = async (path: string, list: string): Promise<string[][]> => {
    const found: string[][] = []
    let after: unknown = ''
    while (after !== null) {
      const cursor = after === '' ? '' : `&after=${String(after)}`
      const { status, body }: Answer = await home.ask('GET', `${path}limit=2${cursor}`)
      t.equal(status, 200)
      found.push((body[list] as JsonObject[]).map(({ serial }) => String(serial).slice(-1)))
      after = body.next
    }
    return found
  }
  t.same(await pages('/api/devices?', 'devices'), [
    ['1', '2'],
    ['3', '5'],
  ])
  t.same(await pages('/api/devices?all=1&', 'devices'), [['1', '2'], ['3', '4'], ['5']])
  t.same(await pages('/api/registered-devices?', 'devices'), [
    ['3', '5'],
    ['1', '2'],
  ])
  const whole = (await home.ask('GET', '/api/devices')).body
  t.equal(whole.total, 4)
  t.notOk('next' in whole)
  t.ok(Array.isArray((await home.ask('GET', '/api/registered-devices')).json))

  for (const n of [6, 7, 8]) {
    home.clock.advance(1000)
    await new Device(t, home, serialOf(n)).code()
  }
  t.same(await pages('/api/pairing?', 'waiting'), [['6', '7'], ['8']])
  t.notOk('next' in (await home.ask('GET', '/api/pairing')).body)
  const after = (await home.ask('GET', '/api/devices?after=02AA01AC00000002')).body
  t.match(after, { total: 2, next: null }, 'without a limit')
})

t.test('a page that cannot be is refused', async (t) => {
  const { ask } = await startHome(t)
  for (const path of ['/api/devices', '/api/registered-devices', '/api/pairing']) {
    for (const query of ['limit=0', 'limit=501', 'limit=ten', 'limit=', 'after=', 'after=a%0Ab']) {
      const { status, body } = await ask('GET', `${path}?${query}`)
      t.equal(status, 400, `${path}?${query}`)
      t.match(body, { success: false, message: /limit must be|after must be/ })
    }
  }
})
