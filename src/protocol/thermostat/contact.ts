import type { EntryFacts } from '../pairing/entry-document.ts'
import type { Decision, DecisionInput } from './decision.ts'
import { Draft } from './draft.ts'
import type { DeviceRecord } from './state.ts'

/** How often "last seen" is written: an SD card is worth more than these minutes. */
const WRITE_SEEN_MS = 10 * 60_000

/** A request of a thermostat, as far as it tells that the thermostat is there. */
export interface Contact {
  /** The network it called from, for the log. */
  readonly network: string
  /** What it told about itself (`E3`). */
  readonly facts?: EntryFacts
  /** False while the database is in trouble: a hold must not fail for want of this write. */
  readonly writesSeen: boolean
}

/** Puts a thermostat that calls for the first time on file, and what is new about a known one. */
export function recordContact(draft: Draft, { network, facts, writesSeen }: Contact): void {
  const { wallMs } = draft.now
  const known = draft.device
  if (known === undefined) {
    draft.setDevice({ ...newDevice(wallMs), ...facts })
    draft.markChanged()
    draft.note('info', 'new thermostat', { network })
    return
  }
  const isStale = Math.abs(wallMs - known.lastSeenAtMs) >= WRITE_SEEN_MS
  const seen = isStale && writesSeen ? { lastSeenAtMs: Math.floor(wallMs) } : {}
  const next = { ...known, ...seen, ...facts }
  if (FIELDS.some((field) => next[field] !== known[field])) draft.setDevice(next)
}

/** A request of a thermostat that wants nothing decided. */
export function decideContact(input: DecisionInput, contact: Contact): Decision<undefined> {
  const draft = new Draft(input)
  recordContact(draft, contact)
  return draft.decision(undefined)
}

const FIELDS = ['lastSeenAtMs', 'model', 'macAddress', 'softwareVersion'] as const

/** A thermostat that has said nothing about itself yet. */
export function newDevice(wallMs: number): DeviceRecord {
  const atMs = Math.floor(wallMs)
  return {
    model: null,
    macAddress: null,
    softwareVersion: null,
    structureKey: null,
    firstSeenAtMs: atMs,
    lastSeenAtMs: atMs,
  }
}
