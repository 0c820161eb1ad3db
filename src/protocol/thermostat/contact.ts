import type { EntryFacts } from '../pairing/entry-document.ts'
import type { Draft } from './draft.ts'
import type { DeviceRecord } from './state.ts'

/** How often "last seen" is written: each write wears out the SD card. */
const WRITE_SEEN_MS = 10 * 60_000

/** What every request tells about its thermostat. */
export interface Contact {
  /** The network that the request came from, for the log. */
  readonly network: string
  /** What the thermostat tells about itself (`E3`). */
  readonly facts?: EntryFacts | undefined
  /** False while the database is in trouble: a hold must not fail because of this write. */
  readonly writesSeen: boolean
}

/** Puts a new thermostat on file, or what is new about a known one. */
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

const FIELDS = ['lastSeenAtMs', 'model', 'macAddress', 'softwareVersion'] as const

/** The record of a thermostat that has told nothing about itself yet. */
export function newDevice(wallMs: number): DeviceRecord {
  const atMs = Math.floor(wallMs)
  return {
    model: null,
    macAddress: null,
    softwareVersion: null,
    structureKey: null,
    polledPairing: null,
    awaitedUploads: [],
    isPinned: false,
    givenName: null,
    firstSeenAtMs: atMs,
    lastSeenAtMs: atMs,
  }
}
