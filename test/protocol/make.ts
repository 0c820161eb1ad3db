import { readFileSync } from 'node:fs'
import { NleError } from '../../src/errors.ts'
import type { Bucket, JsonObject } from '../../src/protocol/bucket.ts'
import type { Change, PushVersion } from '../../src/protocol/delivery/change.ts'
import type { Now } from '../../src/protocol/now.ts'
import { type Contact, newDevice } from '../../src/protocol/thermostat/contact.ts'
import {
  type DecisionInput,
  type HeldConnections,
  NOTHING_HELD,
} from '../../src/protocol/thermostat/decision.ts'
import { NO_MEMORY } from '../../src/protocol/thermostat/memory.ts'
import { emptyState, type ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { Push } from '../../src/protocol/transport/hold.ts'
import type { ListedObject } from '../../src/protocol/transport/subscribe-request.ts'
import type { DeviceView } from '../../src/protocol/view/device-view.ts'
import { upload } from '../helpers/uploads.ts'

/** Makers for the tests of the rules: every field has a value, and a test sets those that it is about. */

export function fixture(name: string) {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
}

export const SERIAL = '09AA01AB12345678'
export const SHARED = `shared.${SERIAL}`
export const DEVICE = `device.${SERIAL}`
export const SCHEDULE = `schedule.${SERIAL}`

/** 2024-02-05T16:00:00Z, the instant of the public examples. */
export const NOW_MS = 1_707_148_800_000
export const NOW_S = NOW_MS / 1000

/** The steady clock differs from the wall clock, so that a test sees which one is used. */
export function now(afterMs = 0): Now {
  return { wallMs: NOW_MS + afterMs, steadyMs: 1_000_000 + afterMs }
}

export function bucket(objectKey: string, value: JsonObject, over: Partial<Bucket> = {}): Bucket {
  return { objectKey, revision: 5, timestamp: NOW_MS - 60_000, value, ...over }
}

export function change(over: Partial<Change> = {}): Change {
  return {
    id: 1,
    commandId: 1,
    serial: SERIAL,
    command: 'set_temperature',
    objectKey: SHARED,
    fields: {
      target_temperature: 21,
      target_change_pending: true,
      touched_by: { touched_by: 3, touched_at: NOW_S, touched_user_id: '' },
    },
    kind: 'setpoint',
    state: 'queued',
    sends: 0,
    push: null,
    createdAtMs: NOW_MS,
    expiresAtSteadyMs: now().steadyMs + 30 * 60_000,
    sentAt: null,
    endedAtMs: null,
    reason: null,
    settled: false,
    ...over,
  }
}

/** The version of a push that no put has overtaken. */
export function pushed(
  revision: number,
  timestamp: number,
  over: Partial<PushVersion> = {},
): PushVersion {
  return { revision, timestamp, stampedAtMs: NOW_MS, since: { revision, timestamp }, ...over }
}

/** A change that was pushed once, under the version after that of `bucket()`. */
export function sentChange(over: Partial<Change> = {}): Change {
  return change({
    state: 'sent',
    sends: 1,
    sentAt: now(),
    push: pushed(6, NOW_MS),
    ...over,
  })
}

export function view(over: Partial<DeviceView> = {}): DeviceView {
  const { shared, device, schedule } = upload('display-5.9.4')
  return {
    serial: SERIAL,
    nowMs: NOW_MS,
    givenName: null,
    hasUploaded: true,
    shared,
    device,
    structure: { name: 'Home', devices: [SERIAL] },
    structureKey: 'structure.default',
    schedule: bucket(SCHEDULE, schedule),
    where: {},
    ...over,
  }
}

/** The message of the NleError `invalid` that `run` throws; any other error is thrown on. */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof NleError && error.code === 'invalid') return error.message
    throw error
  }
  return 'not refused'
}

/** A paired thermostat with these buckets. */
export function state(
  over: Partial<Omit<ThermostatState, 'buckets'>> = {},
  ...buckets: Bucket[]
): ThermostatState {
  const stored = buckets.map(
    (each) => [each.objectKey, { ...each, length: JSON.stringify(each.value).length }] as const,
  )
  return {
    ...emptyState(SERIAL),
    device: { ...newDevice(NOW_MS), structureKey: 'structure.default' },
    owner: { userId: 'anna', createdAtMs: NOW_MS },
    ...over,
    buckets: new Map(stored),
  }
}

/** The input of a decision: no connection and no memory, unless a test sets them. */
export function input(of: ThermostatState, over: Partial<DecisionInput> = {}): DecisionInput {
  return { state: of, held: NOTHING_HELD, memory: NO_MEMORY, now: now(), nextChangeId: 1, ...over }
}

/** Connections on which the thermostat listed these buckets. */
export function held(listed: Readonly<Record<string, number>>, count = 1): HeldConnections {
  return {
    count,
    polls: false,
    lists: (objectKey) => Object.hasOwn(listed, objectKey),
    listedTimestamp: (objectKey) => listed[objectKey] ?? 0,
  }
}

/** A listed bucket that no rule looks at. */
export const NOTHING_LISTED: ListedObject = { objectKey: 'user.anna', revision: 1, timestamp: 1 }

export const CONTACT: Contact = { network: '192.0.2.1', writesSeen: true }

/** The objects of a push, by key. */
export function pushedObjects(push: Push | undefined): Record<string, JsonObject> {
  return Object.fromEntries(push?.objects.map(({ objectKey, value }) => [objectKey, value]) ?? [])
}
