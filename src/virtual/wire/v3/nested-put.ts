import { type Device, type FieldsByKey, type PutInFlight, violate } from '../../device/device.ts'
import type { WireObject } from '../../json.ts'
import { readDocument } from '../documents.ts'
import { adoptReceipt } from '../receipts.ts'
import { nest, readNested } from './nested.ts'

/** The body of a put of transport v3 (V2). */
export function nestedPutBody(device: Device, fields: FieldsByKey): WireObject {
  return nest(
    [...fields].map(([key, names]) => {
      const { revision = 0, timestamp = 0, value } = device.buckets.get(key) ?? {}
      const marks = device.profile.listsVersions
        ? { $version: revision, $timestamp: timestamp }
        : {}
      const data = Object.fromEntries([...names].map((name) => [name, value?.[name]]))
      return [key, { ...data, ...marks }] as const
    }),
  )
}

/**
 * Reads the answer to a put of transport v3 (V3) and adopts versions. Returns the fields of the buckets
 * without both marks: they stay dirty, are put again, and until then the thermostat does not poll.
 */
export function readNestedReceipts(device: Device, sent: PutInFlight, text: string): FieldsByKey {
  const document = readDocument(device, text)
  if (document === undefined) violate(device, 'V3', 'the answer to a put is not a JSON object')
  const unreceipted: FieldsByKey = new Map(sent.fields)
  for (const { key, marks, others } of readNested(document ?? {})) {
    if (!sent.fields.has(key)) {
      violate(device, 'V3', `a receipt for ${key}, which was not put`)
      continue
    }
    if (others.length > 0) {
      violate(device, 'V3', `the receipt for ${key} has ${others.join(', ').slice(0, 120)}`)
    }
    if (marks === undefined) continue
    adoptReceipt(device, sent, key, marks)
    unreceipted.delete(key)
    device.dirty.delete(key)
  }
  for (const key of unreceipted.keys()) {
    device.dirty.add(key)
    violate(device, 'V3', `no receipt with $version and $timestamp for ${key}: it stays dirty`)
  }
  return unreceipted
}
