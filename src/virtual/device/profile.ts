import { NleError } from '../../errors.ts'
import type { WireObject } from '../json.ts'
import type { DeviceBucket } from './device-bucket.ts'

/** The settings that have a default: a production build on a quick network. */
const DEFAULTS = {
  /** Third segment of the Basic user id `d.SERIAL.SUFFIX` (I2). */
  suffix: '5EED0001',
  /** Basic password; any is accepted by the server (I4). */
  password: 'virtual-thermostat',
  /** How it identifies itself (I1): production builds use `basic`. */
  identity: 'basic' as 'basic' | 'clientId' | 'deviceId',
  entryMethod: 'POST' as 'GET' | 'POST',
  entryPath: '/nest/entry',
  /** False: keep to `origin` even where the entry names other hosts (a port mapped by hand). */
  followEntryUrls: true,
  /** The form of the transport: `v3` is that of firmware 4.x (section 11). */
  transport: 'v7' as 'v7' | 'v3',
  /** Sent as `{transport_url}{subscribePath}`, e.g. `/v7/subscribe`. */
  subscribePath: '',
  putPath: '/put',
  subscribeForm: 'objects' as 'objects' | 'named',
  putForm: 'keyed' as 'objects' | 'keyed',
  /** Puts carry `if_object_revision` (U4). */
  conditionalPuts: false,
  /** False: a build that wants one plain JSON answer (S2). */
  chunked: true,
  /** Lists its own buckets with their value while they are at revision 0, timestamp 0. */
  inlineValues: false,
  /** False: a build that never lists `user.*` and `structure.*` (the guard of P11). */
  listsPairingBuckets: true,
  /** v3: false leaves `version` and `timestamp` out of the keys that it lists, as 4.3.3 does (V5). */
  listsVersions: true,
  /** v3: what the keys end with that an earlier server corrupted (V9). */
  keyNoise: '',
  /** Puts a field again when a push changed it while its put was on its way; no rule promises that. */
  putsAgainAfterCrossing: false,
  /** How often a paired thermostat looks whether it still has an owner, ms; 0 for never. */
  ownerCheckMs: 0,
  /** How many subscriptions it may hold at once (S7); `resubscribed` opens one more. */
  maxSubscriptions: 1,
  /** From the first answer to a subscribe until the full state is put after a boot. */
  bootSettleMs: 500,
  /** From applying a temperature command until `target_change_pending:false` is put. */
  acknowledgeMs: 1000,
  passphrasePollMs: 30_000,
  scheduleQuietMs: 15_000,
  firstPauseMs: 1000,
  maxPauseMs: 300_000,
  /** A request without a complete answer for this long is aborted. */
  answerTimeoutMs: 30_000,
  /** Headers of a held subscribe later than this break S2. */
  headersLateMs: 2000,
  name: '',
  model: 'Display-2.12',
  localIp: '192.0.2.20',
  softwareVersion: '5.9.4-5',
  canHeat: true,
  canCool: true,
  hasFan: true,
  /** What `device` and `shared` of its kind have beside or instead of the fields of every thermostat. */
  deviceFields: {} as WireObject,
  sharedFields: {} as WireObject,
  currentTemperature: 20.5,
  targetTemperature: 20,
  /** More buckets in its memory from the start, e.g. a `structure.*` of an earlier home (P10). */
  memory: [] as readonly DeviceBucket[],
}

/** What differs by default in transport v3. */
const V3_DEFAULTS = {
  subscribePath: '/v3/subscribe',
  putPath: '/v3/put',
  // A poll is answered only when there is something to say, so nothing shows sooner that the server has
  // nothing to give back after memory loss.
  bootSettleMs: 10_000,
}

/** What makes one thermostat (and one firmware build) different from the next. */
export interface Profile extends Readonly<typeof DEFAULTS> {
  /** 10 to 32 of A-Z0-9 (I3). */
  readonly serial: string
  /** Where `/nest/entry` is asked for, for instance `http://192.168.1.10:8000`. */
  readonly origin: string
  readonly macAddress: string
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
  const ofTransport = options.transport === 'v3' ? V3_DEFAULTS : {}
  return { ...DEFAULTS, ...ofTransport, macAddress: macAddressFor(serial), ...options }
}

/** A locally administered address, the same each time for one serial. */
function macAddressFor(serial: string): string {
  let hash = 0
  for (const letter of serial) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0
  return `02aa${hash.toString(16).padStart(8, '0')}`
}
