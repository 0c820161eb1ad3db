import t from 'tap'
import '../../src/matter/environment.ts'
import type { KeptChanges } from '../../src/protocol/matter/messages.ts'

const { KeptStorage } = await import('../../src/matter/kept-storage.ts')

/** What a process keeps, as nle writes it down. */
function open(kept: Record<string, string> = {}) {
  const writes: KeptChanges[] = []
  const storage = new KeptStorage(kept, async (changes) => {
    writes.push(changes)
    for (const [name, text] of Object.entries(changes)) {
      if (text === null) delete kept[name]
      else kept[name] = text
    }
  })
  return { storage, kept, writes }
}

t.test('what is kept is there for the next process', async (t) => {
  const { storage, kept } = open()
  const key = new Uint8Array([1, 2, 255])
  await storage.set(['fabrics'], { key, id: 2n ** 60n })
  await storage.set(['root', 'parts', 'hall'], '__number__', 7)
  const { storage: next } = open(kept)
  t.strictSame(new Uint8Array(next.get(['fabrics'], 'key') as Uint8Array), key)
  t.equal(next.get(['fabrics'], 'id'), 2n ** 60n)
  t.equal(next.get(['root', 'parts', 'hall'], '__number__'), 7)
  t.strictSame(next.contexts(['root', 'parts']), ['hall'])
})

t.test('what is deleted is gone for the next process', async (t) => {
  const { storage, kept } = open()
  await storage.set(['a'], { x: 1, y: 2 })
  await storage.set(['a', 'b'], 'z', 3)
  await storage.set(['ab'], 'z', 4)
  await storage.delete(['a'], 'x')
  t.same(Object.keys(kept).length, 3)
  await storage.clearAll(['a'])
  t.equal(Object.keys(kept).length, 1)
  t.equal(open(kept).storage.get(['ab'], 'z'), 4)
  await storage.clearAll([])
  t.strictSame(kept, {})
})

t.test('what nle tells anyway is not written down', async (t) => {
  const { storage, writes } = open()
  const part = ['root', 'parts', 'thermostats', 'parts', 'hall']
  await storage.set([...part, 'thermostat'], 'occupiedHeatingSetpoint', 2000)
  t.strictSame(writes, [])
  await storage.set(part, '__number__', 2)
  t.equal(writes.length, 1)
})

t.test('a value counts as kept once it is on disk', async (t) => {
  const storage = new KeptStorage({}, () => Promise.reject(new Error('disk full')))
  await t.rejects(storage.set(['fabrics'], 'key', 1), { message: 'disk full' })
})
