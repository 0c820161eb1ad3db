import { NleError } from '../../errors.ts'
import { createProfile, modelProfile } from '../../virtual/index.ts'

/** The options of `nle simulate` as commander gives them. */
export interface RawSimulateOptions {
  readonly server: string
  readonly serial?: string
  readonly count: string
  readonly name: string
  readonly firmware?: string
  readonly kind?: string
  readonly json?: boolean
  readonly untilPaired?: boolean
  /** Stay at `server` even where its entry document names another host. */
  readonly direct?: boolean
}

/** The checked options. */
export interface SimulateOptions extends RawSimulateOptions {
  readonly serials: readonly string[]
}

export const DEFAULT_SERVER = 'http://127.0.0.1:8000'
export const DEFAULT_SERIAL = '02AA01AC0000000001'
const MAX_COUNT = 1000

/** @throws NleError `invalid`, before anything connects */
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
  const model = modelProfile(raw)
  for (const serial of serials) createProfile({ serial, origin: server, ...model })
  return { ...raw, server, serials }
}

/** The origin of an address; the scheme may be missing, and a path is dropped. */
function originOf(server: string): string {
  const text = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new NleError(
      'invalid',
      `--server ${server} is not an address: use a form like http://192.168.1.10:8000.`,
    )
  }
  return url.origin
}

/** `count` consecutive serials from `first` on. */
export function serialsFrom(first: string, count: number): string[] {
  const digits = /\d+$/.exec(first)?.[0] ?? ''
  const head = first.slice(0, first.length - digits.length)
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return first
    const number = BigInt(digits === '' ? '0' : digits) + BigInt(index)
    return head + number.toString().padStart(digits.length, '0')
  })
}
