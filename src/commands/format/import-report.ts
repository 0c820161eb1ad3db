import type { ImportedDevice, ImportPlan } from '../../import/import-plan.ts'
import { printableJson } from '../../protocol/input.ts'
import { DEFAULT_TOPIC_PREFIX, type StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import { printable } from '../terminal/printable.ts'

/** An import for people: what is brought over, and what is left and why. */
export function importReport(
  plan: ImportPlan,
  { source, database }: { source: string; database: string },
): string {
  const lines = [`from ${source}`, `into ${database}`, '']
  lines.push(plan.devices.length === 0 ? 'Brought: no thermostat' : 'Brought:')
  const users = new Set(plan.devices.flatMap(({ owner }) => owner?.userId ?? []))
  for (const device of plan.devices) lines.push(`  ${deviceLine(device, users.size > 1)}`)
  if (plan.users.length > 0) {
    const names = plan.users.map(({ userId }) => userId).join(', ')
    lines.push(`  ${plural(plan.users.length, 'user')}: ${names}`)
  }
  if (plan.broker !== undefined) lines.push(`  MQTT: ${brokerLine(plan.broker)}`)
  if (plan.left.length > 0) {
    lines.push('', 'Left:')
    for (const { table, rows, reason } of plan.left) {
      lines.push(`  ${table}, ${plural(rows, 'row')}: ${reason}`)
    }
  }
  return `${lines.map(printable).join('\n')}\n`
}

/** An import as one line of JSON. Codes are secrets and are only counted. */
export function importJson(
  plan: ImportPlan,
  facts: { source: string; database: string; applied: boolean },
): string {
  const devices = plan.devices.map((device) => ({
    serial: device.serial,
    name: device.name ?? null,
    new: device.isNew,
    owner: device.owner?.userId ?? null,
    object_keys: device.buckets.map(({ objectKey }) => objectKey),
    entry_keys: device.entryKeys.length,
  }))
  const users = plan.users.map(({ userId }) => userId)
  const mqtt = plan.broker?.url ?? null
  return `${printableJson(JSON.stringify({ ...facts, devices, users, mqtt, left: plan.left }))}\n`
}

/** @param severalUsers - whether it has to be said to whom it belongs */
function deviceLine(device: ImportedDevice, severalUsers: boolean): string {
  const parts = [plural(device.buckets.length, 'bucket')]
  const { owner } = device
  if (owner !== undefined) parts.push(severalUsers ? `paired with ${owner.userId}` : 'paired')
  else if (device.isNew) parts.push('not paired')
  const open = device.entryKeys.filter(({ claimedBy }) => claimedBy === null).length
  if (open > 0) parts.push('a pairing code that is open')
  if (!device.isNew) parts.push('added to what nle has of it')
  const name = device.name === undefined ? '' : ` (${device.name})`
  return `${device.serial}${name}: ${parts.join(', ')}`
}

/** Never its password. */
function brokerLine({ url, username, topicPrefix, homeAssistantDiscovery }: StoredBroker): string {
  const as = username === undefined ? '' : ` as ${username}`
  const discovery = homeAssistantDiscovery === true ? '' : ', without Home Assistant discovery'
  return `${url}${as}, topics ${topicPrefix ?? DEFAULT_TOPIC_PREFIX}/…${discovery}`
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
