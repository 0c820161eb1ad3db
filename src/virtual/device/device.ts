import type {
  DeviceRequest,
  Effect,
  Note,
  PutReason,
  RequestKind,
  RuleLabel,
  Screen,
} from '../signals/effects.ts'
import type { ResponseHeaders } from '../signals/firmware-events.ts'
import type { DeviceBucket } from './device-bucket.ts'
import { factoryBuckets } from './factory-buckets.ts'
import type { Profile } from './profile.ts'

/** Field names by bucket key. */
export type FieldsByKey = Map<string, Set<string>>

/** A request in flight. */
export interface OpenRequest {
  readonly request: DeviceRequest
  readonly sentAtMs: number
  status: number | undefined
  headers: ResponseHeaders
  /** The body so far; a held subscribe reads its chunks one by one instead. */
  text: string
}

/** A subscribe request, in flight or held. */
export interface HeldSubscribe {
  readonly requestId: number
  /** The timestamps it listed: they show which push the server should not have sent (S10). */
  readonly listedTimestamps: ReadonlyMap<string, number>
  /** It delivered something the thermostat accepted; without that, a quick end is a failure. */
  useful: boolean
}

/** A put in flight. */
export interface PutInFlight {
  readonly requestId: number
  readonly reason: PutReason
  readonly fields: FieldsByKey
  /** Per key: the revision it was based on, and the newest timestamp the server had given. */
  readonly bases: ReadonlyMap<string, { revision: number; serverTimestamp: number }>
}

/** The retry pause of one kind of request. */
export interface Pause {
  readonly failures: number
  readonly badRequests: number
  readonly notBeforeMs: number
}

const NO_PAUSE: Pause = { failures: 0, badRequests: 0, notBeforeMs: 0 }

/** Fields waiting to be put for one reason, and when they are due. */
export interface Waiting {
  dueAtMs: number
  readonly fields: FieldsByKey
}

/** A pushed schedule in its quiet period. */
export interface HeldSchedule {
  readonly bucket: DeviceBucket
  readonly requestId: number
  readonly receivedAtMs: number
  /** The full upload skipped the schedule because of this one. */
  withheld: boolean
}

/**
 * The whole state of one thermostat. Plain mutable data: the files beside this one hold the rules
 * that change it, and `firmware.ts` calls them. Nothing in it refers to a socket or a clock.
 */
export interface Device {
  readonly profile: Profile
  /** Time of the event being handled. */
  nowMs: number
  /** Effects of the event being handled. */
  effects: Effect[]
  power: 'off' | 'on' | 'flat'
  nextRequestId: number
  readonly requests: Map<number, OpenRequest>
  readonly armed: Map<string, number>
  /** Of the kinds of requests that failed last. */
  readonly pauses: Map<RequestKind, Pause>
  screen: Screen
  urls: { transport: string; passphrase: string } | undefined
  pairing: {
    owner: string | undefined
    code: { value: string; expiresAtMs: number } | undefined
    next: 'passphrase' | 'passphraseStatus'
    nextPollAtMs: number
    claimedSeen: boolean
    /** An open code that the server replaced: a violation unless it was claimed (P3). */
    replacedCode: string | undefined
    /** When it became paired; 0 for an owner from before the boot. */
    pairedAtMs: number
  }
  buckets: Map<string, DeviceBucket>
  /** Newest timestamp the server itself gave for a bucket, in a push or a receipt. */
  readonly serverTimestamps: Map<string, number>
  readonly subscriptions: Map<number, HeldSubscribe>
  /** Firmware of transport v3 compares the server's list of buckets once after each boot (V4). */
  hasComparedList: boolean
  listedAtMs: number
  /** Transport v3: the keys of buckets without a good receipt; it does not poll while there are any (V3). */
  readonly dirty: Set<string>
  /** What corrupted keys end with (V1, V9); empty as long as every document was compact. */
  keyNoise: string
  /** The longest hold that the last answer to a poll allowed, ms. */
  suspendMs: number | undefined
  /** Since the first power: entries asked for, codes shown, and pushes of the pairing by key (V8). */
  readonly pairingPushes: { entries: number; codes: number; readonly pushes: Map<string, number> }
  deferWindowMs: number
  deferDisabled: boolean
  readonly waiting: Map<PutReason, Waiting>
  putInFlight: PutInFlight | undefined
  heldSchedule: HeldSchedule | undefined
  /** `device.eco` with mode `schedule` arrived while a structure still said away. */
  ecoExitAsked: boolean
}

/** A thermostat out of the box, switched off. */
export function createDevice(profile: Profile): Device {
  return {
    profile,
    nowMs: 0,
    effects: [],
    power: 'off',
    nextRequestId: 1,
    requests: new Map(),
    armed: new Map(),
    pauses: new Map(),
    screen: { phase: 'off' },
    urls: undefined,
    pairing: newPairing(rememberedOwner(profile)),
    buckets: new Map(
      [...factoryBuckets(profile), ...profile.memory].map((bucket) => [bucket.key, bucket]),
    ),
    serverTimestamps: new Map(),
    subscriptions: new Map(),
    hasComparedList: profile.transport === 'v7',
    listedAtMs: 0,
    dirty: new Set(),
    keyNoise: profile.keyNoise,
    suspendMs: undefined,
    pairingPushes: { entries: 0, codes: 0, pushes: new Map() },
    deferWindowMs: 0,
    deferDisabled: false,
    waiting: new Map(),
    putInFlight: undefined,
    heldSchedule: undefined,
    ecoExitAsked: false,
  }
}

/** A thermostat whose memory has a user bucket with a name was paired before (seed 000). */
function rememberedOwner({ memory }: Profile): string | undefined {
  const name = memory.find(({ key }) => key.startsWith('user.'))?.value.name
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Pairing from the start: a thermostat without an owner asks for a passphrase first. */
export function newPairing(owner: string | undefined): Device['pairing'] {
  return {
    owner,
    code: undefined,
    next: 'passphrase',
    nextPollAtMs: 0,
    claimedSeen: false,
    replacedCode: undefined,
    pairedAtMs: 0,
  }
}

/** The retry pause of a kind of request. */
export function pauseOf(device: Device, kind: RequestKind): Pause {
  return device.pauses.get(kind) ?? NO_PAUSE
}

/** Reports a broken rule; returns undefined, as what could not be read. */
export function violate(device: Device, rule: RuleLabel, detail: string, timing = false) {
  const violation = { rule, detail, atMs: device.nowMs, timing }
  device.effects.push({ type: 'ruleViolated', violation })
  return undefined
}

/** Reports a broken rule that only the arrival time shows. */
export function violateTiming(device: Device, rule: RuleLabel, detail: string): void {
  violate(device, rule, detail, true)
}

export function note(device: Device, entry: Note): void {
  device.effects.push({ type: 'noted', note: entry })
}

export function armTimer(device: Device, timer: string, atMs: number): void {
  if (device.armed.get(timer) === atMs) return
  device.armed.set(timer, atMs)
  device.effects.push({ type: 'armTimer', timer, atMs })
}

export function cancelTimer(device: Device, timer: string): void {
  if (!device.armed.delete(timer)) return
  device.effects.push({ type: 'cancelTimer', timer })
}

/** Forgets a request and its timers; its later events are ignored. */
export function forgetRequest(device: Device, requestId: number): void {
  device.requests.delete(requestId)
  device.subscriptions.delete(requestId)
  cancelTimer(device, `giveUp:${requestId}`)
  cancelTimer(device, `idle:${requestId}`)
}

/** Closes a request's connection and forgets it. */
export function abortRequest(device: Device, requestId: number): void {
  forgetRequest(device, requestId)
  device.effects.push({ type: 'abortRequest', requestId })
}
