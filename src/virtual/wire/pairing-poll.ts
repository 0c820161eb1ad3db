import {
  armTimer,
  cancelTimer,
  type Device,
  note,
  type OpenRequest,
  pauseOf,
  violate,
} from '../device/device.ts'
import type { WireObject } from '../json.ts'
import { readDocument } from './documents.ts'
import { isOpen, send, succeeded } from './requests.ts'

const MIN_LEFT_MS = 30 * 60_000

/** While unpaired, asks for a passphrase to show and every 30 s whether it was claimed. */
export function settlePairing(device: Device) {
  const { urls, pairing } = device
  if (urls === undefined || pairing.owner !== undefined) return cancelTimer(device, 'pairing')
  if (isOpen(device, 'passphrase', 'passphraseStatus')) return
  const dueAtMs = Math.max(pairing.nextPollAtMs, pauseOf(device, pairing.next).notBeforeMs)
  if (device.nowMs < dueAtMs) return armTimer(device, 'pairing', dueAtMs)
  const path = pairing.next === 'passphrase' ? '' : '/status'
  send(device, pairing.next, urls.passphrase + path)
}

/** Reads `{"value","expires"}` (P1 to P4); a key it rejects changes nothing on the screen. */
export function passphraseAnswered(device: Device, open: OpenRequest) {
  const { pairing } = device
  succeeded(device, 'passphrase')
  const code = readCode(device, open.text)
  pairing.nextPollAtMs = device.nowMs + device.profile.passphrasePollMs
  if (code === undefined || pairing.owner !== undefined) return
  pairing.next = 'passphraseStatus'
  const old = pairing.code
  pairing.code = code
  if (old?.value === code.value) return
  // Another code is right only if the old one was just claimed: the next status shows that.
  if (old !== undefined && old.expiresAtMs > device.nowMs) pairing.replacedCode ??= old.value
  device.pairingPushes.codes += 1
  note(device, { kind: 'code', code: code.value, expiresAtMs: code.expiresAtMs })
}

function readCode(device: Device, text: string): Device['pairing']['code'] {
  const document = readDocument(device, text)
  if (document === undefined) return violate(device, 'P1', 'the passphrase is not a JSON object')
  const { value, expires } = document
  if (typeof value !== 'string' || !/^[A-Z0-9]{7}$/.test(value)) {
    return violate(device, 'P2', `the entry key ${JSON.stringify(value)} is not 7 of A-Z and 0-9`)
  }
  if (typeof expires !== 'number') {
    const given = JSON.stringify(expires)
    return violate(device, 'P1', `"expires" is ${given}, not a number: key ignored`)
  }
  if (expires - device.nowMs < MIN_LEFT_MS) {
    const leftS = Math.round((expires - device.nowMs) / 1000)
    return violate(device, 'P4', `the key expires in ${leftS} s, under 30 minutes: key ignored`)
  }
  return { value, expiresAtMs: expires }
}

/** Reads the answer of the status poll (P7). Only the `user.*` bucket makes it paired. */
export function statusAnswered(device: Device, open: OpenRequest) {
  const { pairing } = device
  succeeded(device, 'passphraseStatus')
  const document = readDocument(device, open.text) ?? {}
  const problem = statusProblem(document)
  if (problem !== undefined) violate(device, 'P7', problem)
  const claimed = document.status === 'claimed'
  if (pairing.replacedCode !== undefined && !claimed && pairing.owner === undefined) {
    violate(device, 'P3', `the key ${pairing.replacedCode} was replaced while it was open`)
  }
  pairing.replacedCode = undefined
  pairing.next = 'passphrase'
  // While it is not claimed: the same key again at once, perhaps with a later expiry (P3, P4).
  pairing.nextPollAtMs = device.nowMs + (claimed ? device.profile.passphrasePollMs : 0)
  if (claimed && !pairing.claimedSeen && pairing.owner === undefined) {
    const claimedBy = typeof document.claimedBy === 'string' ? document.claimedBy : undefined
    note(device, { kind: 'claimed', claimedBy })
  }
  pairing.claimedSeen ||= claimed
}

function statusProblem(document: WireObject): string | undefined {
  const { status, claimed, expiresAt, claimedAt, claimedBy } = document
  if (status !== 'no_key' && status !== 'pending' && status !== 'claimed') {
    return `unknown status ${JSON.stringify(status)}`
  }
  if (claimed !== (status === 'claimed')) return `"claimed" does not fit status ${status}`
  if (status === 'pending' && typeof expiresAt !== 'number') return '"expiresAt" is not a number'
  if (status !== 'claimed') return undefined
  if (typeof claimedAt !== 'number') return '"claimedAt" is not a number'
  return typeof claimedBy === 'string' ? undefined : '"claimedBy" is missing'
}

/** Handles a `user.*` bucket: with a `name` it ends the setup screen (seed 000, P10). */
export function userReceived(device: Device, userKey: string, name: unknown): void {
  if (typeof name !== 'string' || name === '') return
  if (userKey !== `user.${name}`) {
    violate(device, 'P10', `the bucket ${userKey} names another user: ${name}`)
  }
  if (device.pairing.owner === name) return
  device.pairing.owner = name
  device.pairing.pairedAtMs = device.nowMs
  device.pairing.code = undefined
  device.pairing.claimedSeen = false
  note(device, { kind: 'paired', owner: name, userKey })
}
