import type { Random } from '../simulation/random.ts'

const MAX_KEPT = 64

/** The stored version of a bucket, as the server last stated it. */
export interface Version {
  readonly revision: number
  readonly timestamp: number
}

/**
 * Codes, versions and ids from the server's answers. Requests that use them get further than random
 * ones.
 */
export class Knowledge {
  readonly #codes: string[] = []
  readonly #eventIds: string[] = []
  readonly #changeIds: string[] = []
  readonly #versions = new Map<string, Version>()
  /** Tokens for the control API: of every scope, and some invalid ones. */
  tokens: readonly string[] = []

  /** Keeps what an answer states. */
  learnFrom(answer: string): void {
    this.#keep(this.#codes, /"value":"([A-Z0-9]{7})"/.exec(answer)?.[1])
    this.#keep(this.#eventIds, /^id: (\S+)$/m.exec(answer)?.[1])
    this.#keep(this.#changeIds, /"change_id":(\d+)/.exec(answer)?.[1])
    const objects =
      /"object_revision":(\d+),"object_timestamp":(\d+),"object_key":"([\x21\x23-\x7e]{1,128})"/g
    for (const [, revision, timestamp, key = ''] of answer.matchAll(objects)) {
      this.#versions.delete(key)
      this.#versions.set(key, { revision: Number(revision), timestamp: Number(timestamp) })
      for (const oldest of this.#versions.keys()) {
        if (this.#versions.size <= MAX_KEPT) break
        this.#versions.delete(oldest)
      }
    }
  }

  code(random: Random): string {
    return this.#codes[random.int(this.#codes.length)] ?? 'AAAAAAA'
  }

  eventId(random: Random): string {
    return this.#eventIds[random.int(this.#eventIds.length)] ?? '0-0'
  }

  changeId(random: Random): string {
    return this.#changeIds[random.int(this.#changeIds.length)] ?? '1'
  }

  token(random: Random): string {
    return this.tokens[random.int(this.tokens.length)] ?? 'nle_none'
  }

  version(key: string): Version {
    return this.#versions.get(key) ?? { revision: 0, timestamp: 0 }
  }

  /** Some of the keys that are stored. */
  keys(random: Random): string[] {
    return [...this.#versions.keys()].filter(() => random.chance(0.3))
  }

  #keep(kept: string[], told: string | undefined): void {
    if (told === undefined || kept.includes(told)) return
    kept.push(told)
    if (kept.length > MAX_KEPT) kept.shift()
  }
}
