import t from 'tap'
import type { HeapLoad } from '../../../src/protocol/heap-load.ts'
import { MemoryRoom, roomFor } from '../../../src/server/http/memory-room.ts'

const KIB = 1024
const MIB = 1024 * KIB

t.test(
  'one address gets half of what the others leave, and the next one half of the rest',
  async (t) => {
    const room = new MemoryRoom(32 * MIB)
    const crowd = room.claim('192.168.1.9')
    t.ok(crowd.growTo(16 * MIB))
    t.notOk(crowd.growTo(17 * MIB))
    t.notOk(room.claim('192.168.1.9').growTo(128 * KIB), 'its next request is counted with it')
    const owner = room.claim('192.168.1.2')
    t.ok(owner.growTo(8 * MIB))
    t.notOk(owner.growTo(9 * MIB))
    crowd.end()
    t.ok(owner.growTo(9 * MIB))
  },
)

t.test('a small request needs no room', async (t) => {
  const room = new MemoryRoom(32 * MIB)
  t.ok(room.claim('a').growTo(16 * MIB + 32 * KIB))
  const small = room.claim('a')
  t.ok(small.growTo(32 * KIB))
  t.notOk(small.growTo(64 * KIB))
})

t.test('a claim that ends twice gives back once', async (t) => {
  const room = new MemoryRoom(1 * MIB)
  const one = room.claim('a')
  const other = room.claim('b')
  t.ok(one.growTo(256 * KIB))
  t.ok(other.growTo(256 * KIB))
  one.end()
  one.end()
  t.notOk(room.claim('a').growTo(MIB / 2))
})

t.test('while memory is short, large requests get no room and small ones go on', async (t) => {
  let load: HeapLoad = 'tight'
  const room = new MemoryRoom(32 * MIB, () => load)
  const claim = room.claim('a')
  t.ok(claim.growTo(10 * KIB))
  t.notOk(claim.growTo(100 * KIB))
  load = 'plenty'
  t.ok(claim.growTo(100 * KIB))
})

t.test('the room is a part of the memory that the process may use', async (t) => {
  t.equal(roomFor(4096 * MIB), 32 * MIB)
  t.equal(roomFor(96 * MIB), 12 * MIB)
})
