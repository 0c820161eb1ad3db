import { NleError } from '../../errors.ts'
import { createProfile } from '../../virtual/index.ts'

/** What `nle simulate` was asked for, checked. */
export interface SimulateOptions {
  readonly server: string
  readonly serials: readonly string[]
  readonly name: string
  readonly json: boolean
  readonly untilPaired: boolean
  /** Keep to `server` whatever hosts its entry document names. */
  readonly direct: boolean
}

/** The options as commander hands them over. */
export interface RawSimulateOptions {
  server: string
  serial?: string
  count: string
  name: string
  json?: boolean
  untilPaired?: boolean
  direct?: boolean
}

export const DEFAULT_SERVER = 'http://127.0.0.1:8000'
export const DEFAULT_SERIAL = '02AA01AC0000000001'
const MAX_COUNT = 1000

/** Refuses what cannot be right before anything is connected. */
export function readSimulateOptions(raw: RawSimulateOptions): SimulateOptions {
  const count = /^\d{1,6}$/.test(raw.count) ? Number(raw.count) : 0
  if (count < 1 || count > MAX_COUNT) {
    throw new NleError(
      'invalid',
      `--count ${raw.count} is not possible: use a number from 1 to ${MAX_COUNT}.`,
    )
  }
  const server = originOf(raw.server)
  const serials = serialsFrom((raw.serial ?? DEFAULT_SERIAL).trim().toUpperCase(), count)
  for (const serial of serials) createProfile({ serial, origin: server })
  return {
    server,
    serials,
    name: raw.name,
    json: raw.json === true,
    untilPaired: raw.untilPaired === true,
    direct: raw.direct === true,
  }
}

/** `10.0.0.5:8000` will do, and a path after it does no harm. */
function originOf(server: string): string {
  const text = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new NleError(
      'invalid',
      `--server ${server} is not an address: use a form like http://192.168.1.10:8000.`,
    )
  }
  return url.origin
}

/** `count` serials from the first one on, each one higher than the last. */
export function serialsFrom(first: string, count: number): string[] {
  const digits = /\d+$/.exec(first)?.[0] ?? ''
  const head = first.slice(0, first.length - digits.length)
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return first
    const number = BigInt(digits === '' ? '0' : digits) + BigInt(index)
    return head + number.toString().padStart(digits.length, '0')
  })
}
