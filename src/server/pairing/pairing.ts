import { NleError } from '../../errors.ts'
import { type JsonObject, nextTimestamp } from '../../protocol/bucket.ts'
import {
  claimBuckets,
  claimObjects,
  claimRefusal,
  DEFAULT_STRUCTURE_KEY,
  type EntryKey,
  keyDecision,
  keyExpiry,
  makeCode,
  NO_DIALOG,
  PAIRING_DIALOG,
  passphraseStatus,
  wireExpiry,
} from '../../protocol/pairing/entry-key.ts'
import { pushDocument } from '../../protocol/transport/wire.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'
import type { Caller } from '../core/presence.ts'
import type { Transaction } from '../core/writer.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { setDialog } from './dialog.ts'

/** Thermostats that were told of their claim in this process, as far as it is remembered. */
const MAX_TOLD = 4096

/** What a claim came to. */
export type ClaimResult =
  | { readonly success: true; readonly serial: string; readonly subscriptions: number }
  | { readonly success: false; readonly reason: 'unknown' | 'claimed' | 'expired' }

/** Pairing (section 3): entry keys, claims, and what they write. */
export class Pairing {
  readonly #core: Core
  /** By serial: the claim (wall clock, ms) that the thermostat itself has been told of, when it asked. */
  readonly #toldClaimAtMs = new Map<string, number>()

  constructor(core: Core) {
    this.#core = core
  }

  /** The key a device shows on its screen (`P1` to `P4`). */
  passphrase(caller: Caller): Promise<{ value: string; expires: number }> {
    const { writer, clock, contacts } = this.#core
    const { serial } = caller
    return writer.commit((tx) => {
      contacts.heard(tx, caller)
      const now = clock.now()
      const open = tx.store.entryKeys.openOf(serial, now.steadyMs)
      const expiresAtSteadyMs = keyExpiry(now.steadyMs, this.#core.settings.entryKeyTtlS)
      const decision = keyDecision(open, now.steadyMs)
      if (open !== undefined && decision !== 'create') {
        // A key from before the clock was set right must not live for years either.
        if (decision === 'reuse' && open.expiresAtSteadyMs <= expiresAtSteadyMs) {
          return { value: open.code, expires: wireExpiry(open, now) }
        }
        tx.store.entryKeys.renew(open.code, expiresAtSteadyMs)
        return { value: open.code, expires: wireExpiry({ ...open, expiresAtSteadyMs }, now) }
      }
      const key = this.#makeKey(tx, serial, expiresAtSteadyMs)
      // A paired thermostat polls once more before it notices; its screen must not ask again.
      if (tx.store.owners.get(serial) === undefined)
        setDialog(this.#core, tx, serial, PAIRING_DIALOG)
      return { value: key.code, expires: wireExpiry(key, now) }
    })
  }

  /** What a device asks while it shows its key (`P7`). */
  status(serial: string): JsonObject {
    const { store, clock } = this.#core
    const now = clock.now()
    const claimed = store.entryKeys.claimedOf(serial)
    if (typeof claimed?.claimedAtMs === 'number') {
      remember(this.#toldClaimAtMs, serial, claimed.claimedAtMs, MAX_TOLD)
    }
    const open = store.entryKeys.openOf(serial, now.steadyMs)
    return passphraseStatus({ claimed, open }, now)
  }

  /** Thermostats that show a code nobody has typed in yet; never the codes (`I5`). */
  waiting(): { serial: string; sinceMs: number }[] {
    const { store, clock } = this.#core
    return store.entryKeys
      .allOpen(clock.now().steadyMs)
      .filter(({ serial }) => store.owners.get(serial) === undefined)
      .map(({ serial, createdAtMs }) => ({ serial, sinceMs: createdAtMs }))
  }

  /**
   * Whether the thermostat itself has shown that it knows its owner: it lists the bucket that tells
   * it (`P11`), or has asked what became of its code after the claim (`P7`).
   */
  isConfirmed(serial: string): boolean {
    const { store, hub } = this.#core
    const owner = store.owners.get(serial)
    if (owner === undefined) return false
    const userKey = `user.${owner.userId}`
    const user = store.buckets.get(serial, userKey)
    if (user !== undefined && hub.listedTimestamp(serial, userKey) >= user.timestamp) return true
    const toldAtMs = this.#toldClaimAtMs.get(serial)
    return toldAtMs !== undefined && store.entryKeys.claimedOf(serial)?.claimedAtMs === toldAtMs
  }

  /**
   * Claims a key for a user: one transaction (`P9`), then one body on every held subscription.
   *
   * @param code - in its normal form (`normalizeCode`)
   */
  claim(code: string, userId: string): Promise<ClaimResult> {
    const { writer, clock, hub, log } = this.#core
    return writer.commit((tx): ClaimResult => {
      const now = clock.now()
      const key = tx.store.entryKeys.get(code)
      const refusal = claimRefusal(key, now.steadyMs)
      if (key === undefined || refusal !== undefined) {
        return { success: false, reason: refusal ?? 'unknown' }
      }
      const { serial } = key
      const { buckets, owners, devices, entryKeys } = tx.store
      // Later than the one before, though that was told by a clock that ran ahead (`P7`).
      const lastClaimedAtMs = entryKeys.claimedOf(serial)?.claimedAtMs ?? 0
      if (!entryKeys.claim(code, userId, nextTimestamp(now.wallMs, lastClaimedAtMs))) {
        return { success: false, reason: 'claimed' }
      }
      owners.ensureUser(userId, now.wallMs)
      const before = owners.get(serial)
      if (before !== undefined && before.userId !== userId) {
        tx.deleteBucket(serial, `user.${before.userId}`, 'the thermostat has a new owner')
      }
      owners.set(serial, userId, now.wallMs)
      const structureKey = devices.get(serial)?.structureKey ?? DEFAULT_STRUCTURE_KEY
      devices.setStructureKey(serial, structureKey)
      const written = claimBuckets(
        { serial, userId, structureKey },
        {
          user: buckets.get(serial, `user.${userId}`),
          structure: buckets.get(serial, structureKey),
        },
        (objectKey) => hub.listedTimestamp(serial, objectKey),
        now.wallMs,
      )
      for (const bucket of written) tx.putBucket(serial, bucket, 'claimed')
      const pushed = claimObjects(written, serial)
      const dialog = setDialog(this.#core, tx, serial, NO_DIALOG, 'no push')
      if (dialog !== undefined && hub.lists(serial, dialog.objectKey)) pushed.push(dialog)
      const subscriptions = hub.count(serial)
      tx.after(() => {
        log.info('thermostat paired', { serial, user: userId, subscriptions })
        hub.push(serial, { document: pushDocument(pushed), carries: [] })
      })
      return { success: true, serial, subscriptions }
    })
  }

  /** Takes the pairing dialog off a thermostat's screen (`P13`); false when there was none. */
  dismiss(serial: string): Promise<boolean> {
    return this.#core.writer.commit((tx) => {
      if (tx.store.devices.get(serial) === undefined) throw unknownDevice(serial)
      return setDialog(this.#core, tx, serial, NO_DIALOG) !== undefined
    })
  }

  /**
   * Ends an ownership: the thermostat stays on file, unpaired, and may be paired again.
   *
   * @returns false when this user does not own it
   */
  release(serial: string, userId: string): Promise<boolean> {
    return this.#core.writer.commit((tx) => {
      if (!tx.store.owners.delete(serial, userId)) return false
      tx.store.entryKeys.deleteOf(serial)
      tx.store.devicePins.delete(serial)
      tx.deleteBucket(serial, `user.${userId}`, 'unpaired')
      tx.markChanged(serial)
      tx.after(() => {
        this.#core.log.info('thermostat unpaired', { serial, user: userId })
        this.#core.events.emit('deviceRemoved', serial)
      })
      return true
    })
  }

  #makeKey(tx: Transaction, serial: string, expiresAtSteadyMs: number): EntryKey {
    const { clock, randomInt, log } = this.#core
    for (let attempt = 0; attempt < 20; attempt++) {
      const code = makeCode(randomInt)
      if (tx.store.entryKeys.get(code) !== undefined) continue
      const key: EntryKey = {
        code,
        serial,
        expiresAtSteadyMs,
        createdAtMs: clock.now().wallMs,
        claimedBy: null,
        claimedAtMs: null,
      }
      tx.store.entryKeys.insert(key)
      tx.after(() => log.info('entry key made, waiting to be claimed', { serial }))
      return key
    }
    throw new NleError('store', 'No free entry key was found.')
  }
}
