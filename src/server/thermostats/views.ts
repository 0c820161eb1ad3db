import { NleError } from '../../errors.ts'
import { type Bucket, type JsonObject, typeOf } from '../../protocol/bucket.ts'
import { overlay } from '../../protocol/delivery/change.ts'
import { DEFAULT_STRUCTURE_KEY } from '../../protocol/pairing/entry-key.ts'
import { deviceStatus } from '../../protocol/view/device-status.ts'
import { type DeviceView, deviceName } from '../../protocol/view/device-view.ts'
import type { Store } from '../../store/store.ts'
import type { Core } from '../core/core.ts'

/**
 * A thermostat as a reader sees it (`D7`): its data overlaid with the changes on their way.
 *
 * @param nowMs - wall clock
 * @returns undefined when it is not on file
 */
export function viewOf(store: Store, serial: string, nowMs: number): DeviceView | undefined {
  const device = store.devices.get(serial)
  if (device === undefined) return undefined
  const changes = store.changes.open(serial)
  const buckets = store.buckets.ofDevice(serial)
  const byKey = new Map(buckets.map((bucket) => [bucket.objectKey, bucket]))
  const seen = (objectKey: string): JsonObject =>
    overlay(objectKey, byKey.get(objectKey)?.value ?? {}, changes, nowMs)
  const structureKey =
    device.structureKey ??
    buckets.find(({ objectKey }) => typeOf(objectKey) === 'structure')?.objectKey ??
    DEFAULT_STRUCTURE_KEY
  const where = buckets.filter(({ objectKey }) => typeOf(objectKey) === 'where')
  return {
    serial,
    nowMs,
    shared: seen(`shared.${serial}`),
    device: seen(`device.${serial}`),
    structure: seen(structureKey),
    structureKey,
    schedule: scheduleOf(byKey.get(`schedule.${serial}`), `schedule.${serial}`, seen),
    where: Object.fromEntries(where.map(({ objectKey, value }) => [objectKey, value])),
  }
}

function scheduleOf(
  stored: Bucket | undefined,
  objectKey: string,
  seen: (objectKey: string) => JsonObject,
): Bucket | undefined {
  const value = seen(objectKey)
  if (stored === undefined && Object.keys(value).length === 0) return undefined
  return { objectKey, revision: stored?.revision ?? 0, timestamp: stored?.timestamp ?? 0, value }
}

/** What tells whether a thermostat is on the line. */
export interface Presence {
  isAvailable(serial: string): boolean
  /** Wall clock, ms; undefined when only the store knows. */
  lastSeenMs(serial: string): number | undefined
}

/** A thermostat's name for people; its serial when it is not on file. */
export function nameOf(store: Store, serial: string, nowMs: number): string {
  const view = viewOf(store, serial, nowMs)
  return view === undefined ? serial : deviceName(view)
}

/**
 * The status of a thermostat in the shape of section 9, with its owner.
 *
 * @returns undefined when it is not on file
 */
export function statusOf(
  store: Store,
  presence: Presence,
  serial: string,
  nowMs: number,
): JsonObject | undefined {
  const view = viewOf(store, serial, nowMs)
  const device = store.devices.get(serial)
  if (view === undefined || device === undefined) return undefined
  const status = deviceStatus(view, {
    isAvailable: presence.isAvailable(serial),
    lastSeenMs: presence.lastSeenMs(serial) ?? device.lastSeenAtMs,
  })
  return {
    ...status,
    // What entry told us is better than nothing when the thermostat has not uploaded yet.
    software_version: status.software_version ?? device.softwareVersion,
    mac_address: status.mac_address ?? device.macAddress,
    owner: store.owners.get(serial)?.userId ?? null,
    model: device.model,
  }
}

/**
 * What `/status`, `/api/devices` and the event `status` tell of a thermostat.
 *
 * @returns undefined when it is not on file
 */
export function statusAnswer({ store, contacts, clock, hub }: Core, serial: string) {
  const status = statusOf(store, contacts, serial, clock.now().wallMs)
  return status === undefined ? undefined : { ...status, subscription_count: hub.count(serial) }
}

export function unknownDevice(serial: string): NleError {
  return new NleError('not_found', 'Device not found', { details: { serial } })
}
