import type { Store } from '../../src/store/store.ts'

/** A version, as a receipt told it. */
export interface Receipt {
  readonly revision: number
  readonly timestamp: number
}

/** What one client put last. Each put writes the same number to all buckets of its thermostat. */
interface PutBook {
  promised: number
  /** By object key; empty when the answer broke off after its status. */
  receipts: ReadonlyMap<string, Receipt>
  /** Sent and not answered: it may be on file, or not. */
  asked: number | undefined
}

interface Claim {
  readonly code: string
  readonly userId: string
}

interface ClaimBook {
  /** A code the server gave to the thermostat, that nobody has claimed. */
  openCode: string | undefined
  promised: Claim | undefined
  asked: Claim | undefined
}

interface CommandBook {
  readonly serial: string
  readonly command: string
  readonly fields: Readonly<Record<string, number | boolean>>
}

/** Fewer than the server keeps after they ended. */
const KEPT_COMMANDS = 2_000

/** What the load writes with every put. */
export const NUMBER_FIELD = 'put_number'

/**
 * What the server has promised, and what it was asked without an answer: the one has to be there
 * after every crash, the other may be.
 */
export class Ledger {
  readonly counts = { puts: 0, claims: 0, codes: 0, commands: 0, unanswered: 0 }
  readonly #puts = new Map<string, PutBook>()
  readonly #claims = new Map<string, ClaimBook>()
  readonly #commands = new Map<number, CommandBook>()

  /** The number for the next put of a thermostat. */
  putAsked(serial: string): number {
    const book = this.#put(serial)
    book.asked = book.promised + 1
    return book.asked
  }

  putPromised(serial: string, receipts: ReadonlyMap<string, Receipt>): void {
    const book = this.#put(serial)
    book.promised = book.asked ?? book.promised
    book.receipts = receipts
    book.asked = undefined
    this.counts.puts++
  }

  /** The user of the last claim that may be on file. */
  lastOwner(serial: string): string | undefined {
    const { asked, promised } = this.#claim(serial)
    return (asked ?? promised)?.userId
  }

  /** @returns what is wrong with it */
  codePromised(serial: string, code: string): string[] {
    const book = this.#claim(serial)
    const before = book.openCode
    book.openCode = code
    this.counts.codes++
    const isSame = before === undefined || before === code
    return isSame ? [] : [`P3: ${serial} was shown ${before}, and then ${code}`]
  }

  claimAsked(serial: string, claim: Claim): void {
    this.#claim(serial).asked = claim
  }

  claimPromised(serial: string): void {
    const book = this.#claim(serial)
    book.promised = book.asked
    book.asked = undefined
    book.openCode = undefined
    this.counts.claims++
  }

  commandPromised(changeId: number, command: CommandBook): string[] {
    this.counts.commands++
    const known = this.#commands.get(changeId)
    this.#commands.set(changeId, command)
    for (const oldest of this.#commands.keys()) {
      if (this.#commands.size <= KEPT_COMMANDS) break
      this.#commands.delete(oldest)
    }
    return known === undefined ? [] : [`change ${changeId} was given to two commands`]
  }

  /** Compares with what is on file; where something was asked without an answer, learns what became of it. */
  check(store: Store): string[] {
    return [
      ...[...this.#puts].flatMap(([serial, book]) => this.#checkPuts(store, serial, book)),
      ...[...this.#claims].flatMap(([serial, book]) => this.#checkClaims(store, serial, book)),
      ...[...this.#commands].flatMap(([id, book]) => checkCommand(store, id, book)),
    ]
  }

  #checkPuts(store: Store, serial: string, book: PutBook): string[] {
    const failures: string[] = []
    const buckets = putKeys(serial).map((key) => ({ key, stored: store.buckets.get(serial, key) }))
    const numbers = new Set(buckets.map(({ stored }) => Number(stored?.value[NUMBER_FIELD] ?? 0)))
    const [number = 0] = numbers
    if (numbers.size > 1) failures.push(`${serial}: half of a put is on file: ${[...numbers]}`)
    if (number !== book.promised && number !== book.asked) {
      failures.push(`${serial}: put ${book.promised} was promised, ${number} is on file`)
    }
    for (const { key, stored } of buckets) {
      const receipt = book.receipts.get(key)
      if (receipt === undefined) continue
      const steps = number === book.promised ? 0 : 1
      const { revision = 0, timestamp = 0 } = stored ?? {}
      const isRight =
        revision === receipt.revision + steps &&
        (steps === 0 ? timestamp === receipt.timestamp : timestamp > receipt.timestamp)
      if (isRight) continue
      const wanted = `${receipt.revision}/${receipt.timestamp} and ${steps} more`
      failures.push(`${key}: ${wanted} promised, ${revision}/${timestamp} is on file`)
    }
    if (book.asked !== undefined) this.counts.unanswered++
    book.promised = number
    book.asked = undefined
    book.receipts = new Map(
      buckets.flatMap(({ key, stored }) => (stored === undefined ? [] : [[key, stored]])),
    )
    return failures
  }

  #checkClaims(store: Store, serial: string, book: ClaimBook): string[] {
    const { asked } = book
    const wasDone = asked !== undefined && store.entryKeys.get(asked.code)?.claimedBy != null
    if (asked !== undefined) this.counts.unanswered++
    if (wasDone) {
      book.promised = asked
      book.openCode = undefined
    }
    book.asked = undefined
    const failures: string[] = []
    if (book.openCode !== undefined && store.entryKeys.get(book.openCode)?.serial !== serial) {
      failures.push(`${serial}: its code ${book.openCode} is not on file`)
    }
    return book.promised === undefined
      ? failures
      : [...failures, ...claimFailures(store, serial, book.promised)]
  }

  #put(serial: string): PutBook {
    const book = this.#puts.get(serial) ?? { promised: 0, receipts: new Map(), asked: undefined }
    this.#puts.set(serial, book)
    return book
  }

  #claim(serial: string): ClaimBook {
    const book = this.#claims.get(serial) ?? {
      openCode: undefined,
      promised: undefined,
      asked: undefined,
    }
    this.#claims.set(serial, book)
    return book
  }
}

/** The buckets that a put of the load writes, all of them at once. */
export function putKeys(serial: string): string[] {
  return [`shared.${serial}`, `device.${serial}`]
}

/** The three things a claim does as one (`P9`), and that nobody else owns the thermostat. */
function claimFailures(store: Store, serial: string, { code, userId }: Claim): string[] {
  const key = store.entryKeys.get(code)
  const owner = store.owners.get(serial)?.userId
  const keys = store.buckets.versions(serial).map(({ objectKey }) => objectKey)
  const users = keys.filter((each) => each.startsWith('user.'))
  const structureKey = store.devices.get(serial)?.structureKey ?? ''
  const listed = store.buckets.get(serial, structureKey)?.value.devices
  const wrong = [
    key?.claimedBy === userId ? '' : `the key is claimed by ${key?.claimedBy}`,
    owner === userId ? '' : `the owner is ${owner}`,
    users.join() === `user.${userId}` ? '' : `the user buckets are ${users.join()}`,
    Array.isArray(listed) && listed.includes(serial) ? '' : `the structure bucket is ${listed}`,
  ].filter((what) => what !== '')
  return wrong.map((what) => `${serial} was claimed by ${userId} with ${code}, but ${what}`)
}

function checkCommand(
  store: Store,
  id: number,
  { serial, command, fields }: CommandBook,
): string[] {
  const changes = store.changes.ofCommand(id).filter((change) => change.serial === serial)
  const [first] = changes
  if (first?.command !== command) return [`change ${id} (${command} of ${serial}) is lost`]
  return changes.flatMap(({ state, reason, fields: kept }) => {
    if (state === 'expired' || state === 'ignored') return [`change ${id} is ${state}: ${reason}`]
    if (state === 'superseded') return []
    const wrong = Object.entries(fields).filter(
      ([field, value]) => Object.hasOwn(kept, field) && kept[field] !== value,
    )
    return wrong.map(([field]) => `change ${id} sets ${field} to ${kept[field]}`)
  })
}
