import { armTimer, type Device, type OpenRequest, pauseOf, violate } from '../device/device.ts'
import { isJsonObject, type WireObject } from '../json.ts'
import { readDocument } from './documents.ts'
import { receiveBucket } from './pushed-objects.ts'
import { failed, isOpen, send, succeeded } from './requests.ts'

const URL_FIELDS = [
  'czfe_url',
  'transport_url',
  'direct_transport_url',
  'passphrase_url',
  'ping_url',
  'pro_info_url',
  'weather_url',
  'upload_url',
]
const OTHER_FIELDS = ['software_update_url', 'server_version', 'tier_name']

/** Asks for the entry document until the server's URLs are known. */
export function settleEntry(device: Device) {
  if (device.urls !== undefined || isOpen(device, 'entry')) return
  const { notBeforeMs } = pauseOf(device, 'entry')
  if (device.nowMs < notBeforeMs) return armTimer(device, 'entry', notBeforeMs)
  const { origin, entryPath, entryMethod } = device.profile
  const form = entryMethod === 'POST' ? entryForm(device) : undefined
  device.pairingPushes.entries += 1
  send(device, 'entry', origin + entryPath, form, 'application/x-www-form-urlencoded')
}

/** The form of E3. */
function entryForm(device: Device): string {
  const { profile } = device
  return new URLSearchParams({
    reset: '0',
    mac: profile.macAddress,
    model: profile.model,
    request_id: `${profile.serial}-${device.nextRequestId}`,
    software_version: profile.softwareVersion,
    wireless_reg_domain: 'A1',
    backplate_model: 'Backplate-5.3',
  }).toString()
}

/** Reads the entry document (E1, E2) and remembers the two URLs a thermostat needs. */
export function entryAnswered(device: Device, open: OpenRequest) {
  const document = readDocument(device, open.text)
  if (document === undefined) return failed(device, open, 'the entry is not a JSON object')
  checkFields(device, document)
  const transport = usableUrl(device, document.transport_url)
  const passphrase = usableUrl(device, document.passphrase_url)
  if (transport === undefined || passphrase === undefined) {
    return failed(device, open, 'the entry names no usable transport_url and passphrase_url')
  }
  succeeded(device, 'entry')
  device.urls = { transport, passphrase }
  if (device.profile.transport === 'v3') receivePairing(device, open, document)
}

/** Firmware of transport v3 takes its `user` and `structure` buckets from the entry (E7, V8). */
function receivePairing(device: Device, open: OpenRequest, document: WireObject): void {
  const asked = { requestId: open.request.id, listedTimestamps: new Map(), useful: false }
  for (const [key, bucket] of Object.entries(document)) {
    if (!/^(user|structure)\../.test(key)) continue
    const { object_revision, object_timestamp, value } = isJsonObject(bucket) ? bucket : {}
    const revision = Number(object_revision)
    const timestamp = Number(object_timestamp)
    if (Number.isSafeInteger(revision) && Number.isSafeInteger(timestamp) && isJsonObject(value)) {
      receiveBucket(device, asked, { key, revision, timestamp, value })
    } else violate(device, 'E7', `${key} of the entry has no revision, timestamp and value`)
  }
}

function checkFields(device: Device, document: WireObject): void {
  for (const field of [...URL_FIELDS, ...OTHER_FIELDS]) {
    if (typeof document[field] !== 'string') violate(device, 'E1', `the entry has no ${field}`)
  }
  for (const field of URL_FIELDS) {
    const url = document[field]
    // Not URL.port, which is empty for an explicit 80: the wifi chip reads the text (E2).
    if (typeof url === 'string' && !/^https?:\/\/[^/?#]+:\d{1,5}(?=[/?#]|$)/.test(url)) {
      violate(device, 'E2', `${field} carries no explicit port: ${url}`)
    }
  }
}

function usableUrl(device: Device, value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) {
    return undefined
  }
  const trimmed = value.replace(/\/+$/, '')
  if (device.profile.followEntryUrls) return trimmed
  return device.profile.origin + new URL(trimmed).pathname
}
