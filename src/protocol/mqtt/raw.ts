import type { JsonObject, JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'

/** Never leaves the server this way: four digits are quickly found from their hash. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['temperature_lock_pin_hash'])
/** What cannot be one level of a topic. */
const UNFIT = /[/+#\0]/

/**
 * A field as the existing server writes it, which is Python's way with `True`, `False` and `None`:
 * templates and automations compare with these words.
 */
function fieldPayload(value: JsonValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The thermostat's own buckets and each of their fields, by topic below `{prefix}/{serial}/`. */
export function rawTopics({ device, shared }: DeviceView): Map<string, string> {
  const topics = new Map<string, string>()
  for (const [type, bucket] of Object.entries({ device, shared })) {
    const open: JsonObject = Object.fromEntries(
      Object.entries(bucket).filter(([field]) => !SECRET_FIELDS.has(field)),
    )
    if (Object.keys(open).length === 0) continue
    topics.set(type, JSON.stringify(open))
    for (const [field, value] of Object.entries(open)) {
      const payload = fieldPayload(value)
      // An empty payload would take the topic away; so it is no topic at all.
      if (payload !== '' && !UNFIT.test(field)) topics.set(`${type}/${field}`, payload)
    }
  }
  return topics
}
