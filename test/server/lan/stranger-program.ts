// A stranger in the network, on the address that it is given: sends what no mDNS program would, and questions beyond
// number, seeded by the second argument.
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { setImmediate as turn } from 'node:timers/promises'

const [address = '', seed = ''] = process.argv.slice(2)
const MESSAGES = 3_000
const NAME = Buffer.from('\x04_nle\x04_tcp\x05local\0')

/** Bytes that look like chance. */
function bytes(n: number, length: number): Buffer {
  let all = Buffer.alloc(0)
  for (let i = 0; all.length < length; i++) {
    all = Buffer.concat([all, createHash('sha256').update(`${seed} ${n} ${i}`).digest()])
  }
  return all.subarray(0, length)
}

/** Chance; a question or an answer with broken bytes; as many questions as fit, all for everything. */
function message(n: number): Buffer {
  const chance = bytes(n, 200)
  const at = (i: number): number => chance[i] ?? 0
  if (n % 3 === 0) return chance.subarray(0, at(0))
  const header = Buffer.from([
    0,
    0,
    n % 2 === 0 ? 0x84 : 0,
    0,
    0,
    at(1) % 40,
    0,
    at(2) % 9,
    0,
    0,
    0,
    at(3) % 9,
  ])
  if (n % 3 === 1) {
    const broken = Buffer.concat([
      header,
      NAME,
      Buffer.from([0, 12, 0, 1]),
      chance.subarray(10, 10 + (at(4) % 90)),
    ])
    broken[at(5) % broken.length] = at(6)
    return broken
  }
  const again = Buffer.from([0xc0, 0x0c, 0, 255, 0, 1])
  const many = Array.from({ length: 1_400 }, () => again)
  return Buffer.concat([header, NAME, Buffer.from([0, 255, 0, 1]), ...many])
}

const socket = createSocket('udp4')
await new Promise<void>((resolve) => socket.bind(0, resolve))
socket.setMulticastInterface(address)
for (let n = 0; n < MESSAGES; n++) {
  await new Promise((resolve) => socket.send(message(n), 5353, '224.0.0.251', resolve))
  if (n % 50 === 0) await turn()
}
socket.close()
