import type { Change } from '../../src/protocol/delivery/change.ts'
import type { LogEntry } from '../../src/virtual/index.ts'

const FIELD = 'target_temperature'

interface Applied {
  readonly atMs: number
  readonly value: unknown
  readonly timestamp: number
  /** The thermostat has told the server since the push before that it has that one. */
  readonly afterProof: boolean
}

/** What one thermostat applied, in this order, and what it has told of it. */
interface Story {
  readonly applied: Applied[]
  /** Subscribes that list what was applied last. */
  readonly listing: Set<number>
  isProven: boolean
  /** A put came after that, which may have crossed the push: the server may have to send it again (`D1`). */
  isCrossed: boolean
}

/** The setpoints that thermostats applied, compared with the commands. */
export class AppliedSetpoints {
  readonly #stories = new Map<string, Story>()
  /** Pushes by what the thermostat did with them. */
  readonly outcomes: Record<string, number> = {}

  heard(entry: LogEntry): void {
    const story = this.#stories.get(entry.serial) ?? {
      applied: [],
      listing: new Set(),
      isProven: false,
      isCrossed: false,
    }
    this.#stories.set(entry.serial, story)
    if (entry.kind === 'requested' && entry.request === 'subscribe') {
      story.listing.add(entry.requestId)
    } else if (entry.kind === 'answered' && entry.request === 'subscribe') {
      const isListed = story.listing.has(entry.requestId) && entry.status === 200
      if (isListed && !story.isCrossed) story.isProven = true
    } else if (entry.kind === 'receipt' && entry.key.startsWith('shared.')) {
      if (!story.isProven) story.isCrossed = true
    } else if (entry.kind === 'push') {
      this.outcomes[entry.outcome] = (this.outcomes[entry.outcome] ?? 0) + 1
      if (entry.outcome !== 'applied' || !Object.hasOwn(entry.value, FIELD)) return
      story.applied.push({
        atMs: entry.atMs,
        value: entry.value[FIELD],
        timestamp: entry.timestamp,
        afterProof: story.isProven,
      })
      story.listing.clear()
      story.isProven = false
      story.isCrossed = false
    }
  }

  /**
   * Compares with the commands of one thermostat: none may come after a later one, and none twice once the
   * thermostat has shown that it has it.
   */
  check(serial: string, commands: readonly Change[]): string[] {
    const failures: string[] = []
    let last = { id: 0, timestamp: 0 }
    for (const { atMs, value, timestamp, afterProof } of this.#stories.get(serial)?.applied ?? []) {
      const id = Math.max(
        ...commands
          .filter(
            ({ fields, createdAtMs }) => fields[FIELD] === value && createdAtMs <= atMs + 1_000,
          )
          .map(({ id }) => id),
      )
      if (!Number.isFinite(id)) continue
      const at = `${serial} at ${new Date(atMs).toISOString()}`
      if (id < last.id) failures.push(`${at}: change ${id} was pushed after change ${last.id}`)
      if (id === last.id && timestamp !== last.timestamp && afterProof) {
        failures.push(`${at}: change ${id} was pushed again as new`)
      }
      last = { id, timestamp }
    }
    return failures
  }
}
