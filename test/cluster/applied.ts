import type { Change } from '../../src/protocol/delivery/change.ts'
import type { LogEntry } from '../../src/virtual/index.ts'

const FIELD = 'target_temperature'
/** A put whose answer was lost may reach the database this late: a server may have been paused with it. */
const LOST_PUT_MS = 75_000

interface Applied {
  readonly atMs: number
  readonly value: unknown
  readonly timestamp: number
  /** A put was on its way, which the server may have read after the push: it has to send that again (`D1`). */
  readonly mayBeCrossed: boolean
  readonly fields: readonly string[]
  /** When the request was sent that was answered with it. */
  readonly requestedAtMs: number
}

/** What one thermostat did with its `shared` bucket. */
interface Story {
  readonly applied: Applied[]
  /** Puts without a receipt, by the ids of their requests: when the answer was lost; undefined in flight. */
  readonly unanswered: Map<number, number | undefined>
  /** When each request was sent. */
  readonly requestedAtMs: Map<number, number>
}

/** The setpoints that thermostats applied, compared with the commands. */
export class AppliedSetpoints {
  readonly #stories = new Map<string, Story>()
  /** Pushes by what the thermostat did with them. */
  readonly outcomes: Record<string, number> = {}
  /** Setpoints that came again under a newer version, because a put may have crossed them, or with a later command. */
  repeated = 0

  heard(entry: LogEntry): void {
    const { serial } = entry
    const story: Story = this.#stories.get(serial) ?? {
      applied: [],
      unanswered: new Map(),
      requestedAtMs: new Map(),
    }
    this.#stories.set(serial, story)
    switch (entry.kind) {
      case 'requested':
        story.requestedAtMs.set(entry.requestId, entry.atMs)
        break
      case 'put':
        if (Object.hasOwn(entry.fields, `shared.${serial}`)) {
          story.unanswered.set(entry.requestId, undefined)
        }
        break
      case 'receipt':
        if (entry.key === `shared.${serial}`) story.unanswered.delete(entry.requestId)
        break
      case 'failed':
        if (story.unanswered.has(entry.requestId)) {
          story.unanswered.set(entry.requestId, entry.atMs)
        }
        break
      case 'push':
        this.outcomes[entry.outcome] = (this.outcomes[entry.outcome] ?? 0) + 1
        if (entry.outcome !== 'applied' || !Object.hasOwn(entry.value, FIELD)) return
        forgetLost(story, entry.atMs)
        story.applied.push({
          atMs: entry.atMs,
          value: entry.value[FIELD],
          timestamp: entry.timestamp,
          mayBeCrossed: story.unanswered.size > 0,
          fields: Object.keys(entry.value),
          requestedAtMs: story.requestedAtMs.get(entry.requestId) ?? Number.POSITIVE_INFINITY,
        })
    }
  }

  /**
   * Compares with the commands of one thermostat: none may come after a later one. None may be applied twice,
   * because a thermostat that has a push shows it with its next request, unless a put was on its way with it. Until that
   * request is sent, a later command for the bucket may take the setpoint along.
   */
  check(serial: string, commands: readonly Change[]): string[] {
    const failures: string[] = []
    let last: Pick<Applied, 'timestamp' | 'mayBeCrossed' | 'fields' | 'atMs'> & { id: number } = {
      id: 0,
      timestamp: 0,
      mayBeCrossed: false,
      fields: [],
      atMs: 0,
    }
    for (const each of this.#stories.get(serial)?.applied ?? []) {
      const { atMs, value, timestamp, mayBeCrossed, fields, requestedAtMs } = each
      const id = Math.max(
        ...commands
          .filter(
            ({ fields, createdAtMs }) => fields[FIELD] === value && createdAtMs <= atMs + 1_000,
          )
          .map(({ id }) => id),
      )
      const at = `${serial} at ${new Date(atMs).toISOString()}`
      if (!Number.isFinite(id)) {
        failures.push(`${at}: ${value} was pushed, which no command has set`)
        continue
      }
      if (id < last.id) failures.push(`${at}: change ${id} was pushed after change ${last.id}`)
      if (id === last.id && timestamp !== last.timestamp) {
        const isTakenAlong =
          requestedAtMs <= last.atMs && fields.some((field) => !last.fields.includes(field))
        if (last.mayBeCrossed || isTakenAlong) this.repeated++
        else failures.push(`${at}: change ${id} was pushed again as new`)
      }
      last = { id, timestamp, mayBeCrossed, fields, atMs }
    }
    return failures
  }
}

function forgetLost({ unanswered }: Story, nowMs: number): void {
  for (const [requestId, lostAtMs] of unanswered) {
    if (lostAtMs !== undefined && nowMs - lostAtMs > LOST_PUT_MS) unanswered.delete(requestId)
  }
}
