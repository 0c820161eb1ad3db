import type { Random } from '../simulation/random.ts'

/** Strings that have broken parsers. */
const NASTY = [
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '\u202e',
  '%00',
  '../'.repeat(8),
  '9'.repeat(400),
  '1e400',
  '-0',
  '{}',
  '[',
  'null',
  'x'.repeat(5000),
  "' OR 1=1 --",
  '😀',
] as const

const NUMBERS = [0, -0, -1, 1e308, 2 ** 53, -(2 ** 63), 0.1, 8.64e15, 8.64e15 + 2, 5e-324]

/** Random JSON of random depth. */
export function randomJson(random: Random, depth = 0): unknown {
  switch (random.int(depth > 6 ? 5 : 8)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return NUMBERS[random.int(NUMBERS.length)]
    case 3:
      return random.pick(NASTY)
    case 4:
      return random.int(100_000) - 50_000
    case 5:
      return Array.from({ length: random.int(4) }, () => randomJson(random, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(4) }, () => [
          random.pick(NASTY),
          randomJson(random, depth + 1),
        ]),
      )
  }
}

/** The value with random parts of it changed, dropped, added or replaced. */
export function mutatedJson(random: Random, value: unknown): unknown {
  if (random.chance(0.15)) return randomJson(random)
  if (Array.isArray(value)) {
    const items = value.map((each) => (random.chance(0.5) ? mutatedJson(random, each) : each))
    if (random.chance(0.2)) items.push(randomJson(random))
    if (random.chance(0.1)) items.push(...items, ...items)
    return items
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      if (random.chance(0.1)) return []
      const name = random.chance(0.05) ? random.pick(NASTY) : key
      return [[name, random.chance(0.4) ? mutatedJson(random, each) : each]]
    })
    if (random.chance(0.15)) entries.push([random.pick(NASTY), randomJson(random)])
    return Object.fromEntries(entries)
  }
  return random.chance(0.5) ? randomJson(random) : value
}

/** The bytes with some of them changed, cut, doubled or inserted. */
export function mutatedBytes(random: Random, original: string | Buffer): Buffer {
  let bytes = Buffer.from(original as string)
  for (let times = 1 + random.int(4); times > 0; times--) {
    const at = random.int(bytes.length + 1)
    switch (random.int(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.int(256)
        break
      case 1:
        bytes = bytes.subarray(0, at)
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.int(at + 1))])
        break
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(random.pick(NASTY)),
          bytes.subarray(at),
        ])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.int(8))])
    }
  }
  return bytes
}
