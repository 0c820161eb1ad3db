import { NleError } from '../../errors.ts'
import type { DeviceBucket } from './device-bucket.ts'

/**
 * What makes one thermostat (and one firmware build) different from the next. Everything but
 * `serial` and `origin` has a default that behaves like a production build on a quick network.
 */
export interface Profile {
  /** 10 to 32 of A-Z0-9 (I3). */
  readonly serial: string
  /** Where `/nest/entry` is asked for, for instance `http://192.168.1.10:8000`. */
  readonly origin: string
  /** Third segment of the Basic user id `d.SERIAL.SUFFIX` (I2). */
  readonly suffix: string
  /** Basic password; any is accepted by the server (I4). */
  readonly password: string
  /** How it identifies itself (I1): production builds use `basic`. */
  readonly identity: 'basic' | 'clientId' | 'deviceId'
  readonly entryMethod: 'GET' | 'POST'
  readonly entryPath: string
  /** False: keep to `origin` even where the entry names other hosts (a port mapped by hand). */
  readonly followEntryUrls: boolean
  /** Sent as `{transport_url}{subscribePath}`, e.g. `/v7/subscribe`. */
  readonly subscribePath: string
  readonly putPath: string
  readonly subscribeForm: 'objects' | 'named'
  readonly putForm: 'objects' | 'keyed'
  /** Puts carry `if_object_revision` (U4). */
  readonly conditionalPuts: boolean
  /** False: a build that wants one plain JSON answer (S2). */
  readonly chunked: boolean
  /** Lists its own buckets with their value while they are at revision 0, timestamp 0. */
  readonly inlineValues: boolean
  /** False: a build that never lists `user.*` and `structure.*` (the guard of P11). */
  readonly listsPairingBuckets: boolean
  /** How many subscriptions it may hold at once (S7); `resubscribed` opens one more. */
  readonly maxSubscriptions: number
  /** From the first answer to a subscribe until the full state is put after a boot. */
  readonly bootSettleMs: number
  /** From applying a temperature command until `target_change_pending:false` is put. */
  readonly acknowledgeMs: number
  readonly passphrasePollMs: number
  readonly scheduleQuietMs: number
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** A request without a complete answer for this long is aborted. */
  readonly answerTimeoutMs: number
  /** Headers of a held subscribe later than this break S2. */
  readonly headersLateMs: number
  readonly name: string
  readonly model: string
  readonly macAddress: string
  readonly localIp: string
  readonly softwareVersion: string
  readonly canHeat: boolean
  readonly canCool: boolean
  readonly hasFan: boolean
  readonly currentTemperature: number
  readonly targetTemperature: number
  /** More buckets in its memory from the start, e.g. a `structure.*` of an earlier home (P10). */
  readonly memory: readonly DeviceBucket[]
}

export type ProfileOptions = Partial<Profile> & Pick<Profile, 'serial' | 'origin'>

/** Fills in the defaults. Throws `invalid` for a serial or origin that cannot be right. */
export function createProfile(options: ProfileOptions): Profile {
  const { serial, origin } = options
  if (!/^[A-Z0-9]{10,32}$/.test(serial) || /^[0-9A-F]{12}$/.test(serial)) {
    throw new NleError(
      'invalid',
      `"${serial}" is not a serial: use 10 to 32 of A-Z and 0-9, and not a MAC address.`,
    )
  }
  if (!/^https?:\/\/[^/]+$/.test(origin) || !URL.canParse(origin)) {
    throw new NleError(
      'invalid',
      `"${origin}" is not a server address: use a form like http://192.168.1.10:8000.`,
    )
  }
  return { ...DEFAULTS, macAddress: macAddressFor(serial), ...options }
}

const DEFAULTS: Omit<Profile, 'serial' | 'origin' | 'macAddress'> = {
  suffix: '5EED0001',
  password: 'virtual-thermostat',
  identity: 'basic',
  entryMethod: 'POST',
  entryPath: '/nest/entry',
  followEntryUrls: true,
  subscribePath: '',
  putPath: '/put',
  subscribeForm: 'objects',
  putForm: 'keyed',
  conditionalPuts: false,
  chunked: true,
  inlineValues: false,
  listsPairingBuckets: true,
  maxSubscriptions: 1,
  bootSettleMs: 500,
  acknowledgeMs: 1000,
  passphrasePollMs: 30_000,
  scheduleQuietMs: 15_000,
  firstPauseMs: 1000,
  maxPauseMs: 300_000,
  answerTimeoutMs: 30_000,
  headersLateMs: 2000,
  name: '',
  model: 'Display-2.12',
  localIp: '192.0.2.20',
  softwareVersion: '5.9.4-5',
  canHeat: true,
  canCool: true,
  hasFan: true,
  currentTemperature: 20.5,
  targetTemperature: 20,
  memory: [],
}

/** A locally administered address, the same each time for one serial. */
function macAddressFor(serial: string): string {
  let hash = 0
  for (const letter of serial) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0
  return `02aa${hash.toString(16).padStart(8, '0')}`
}
