import { randomBytes, randomUUID } from 'node:crypto'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { counter, gauge, type Metric } from '../../protocol/metrics/metric.ts'
import type { Told } from '../../protocol/notify/decide-notice.ts'
import { type Notice, testNotice } from '../../protocol/notify/notice.ts'
import {
  type Receiver,
  readReceiver,
  shownReceiver,
  wants,
} from '../../protocol/notify/receiver.ts'
import { NO_FILE } from '../../store/path.ts'
import type { HeldJob } from '../../store/shared-store.ts'
import { NOTICES, RECEIVERS } from '../../store/store.ts'
import type { Core } from '../core/core.ts'
import { ConditionWatch } from './condition-watch.ts'
import { Courier } from './courier.ts'
import { type Post, poster } from './post.ts'

/** What is on file of what was told; `waiting` is by the id of the receiver. */
interface NoticesOnFile {
  readonly told: Readonly<Record<string, Told>>
  readonly waiting: Readonly<Record<string, readonly Notice[]>>
}

export interface NotificationsParts {
  readonly core: Core
  readonly databasePath: string
}

/** Tells people what is wrong: by webhooks, ntfy and, through the event `noticed`, MQTT. */
export class Notifications {
  readonly #parts: NotificationsParts
  readonly #post: Post
  readonly #couriers = new Map<string, Courier>()
  #watch: ConditionWatch | undefined
  /** The job of telling people, where several processes share the database. */
  #job: HeldJob | undefined
  /** Another process has the job. */
  #standsBy = false
  /** Receivers are added and removed one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #given = { sent: 0, failed: 0 }

  constructor(parts: NotificationsParts) {
    this.#parts = parts
    this.#post = poster(parts.core.clock)
  }

  /** Begins to tell people; `job` where several processes share the database. */
  async start(job?: HeldJob): Promise<void> {
    const { core, databasePath } = this.#parts
    const receivers = await this.#stored()
    const onFile = (await core.store.integration(NOTICES)) as unknown as NoticesOnFile | undefined
    this.#job = job
    this.#standsBy = false
    for (const courier of [...this.#couriers.values()]) this.#dismiss(courier)
    for (const receiver of receivers) {
      this.#engage(receiver, onFile?.waiting[receiver.id] ?? [])
    }
    this.#watch = new ConditionWatch(
      {
        core,
        databasePath: databasePath === NO_FILE ? undefined : databasePath,
        isHeard: () => this.#couriers.size > 0 || core.events.hasListener('noticed'),
        tell: (notices) => this.#tell(notices.map((each) => ({ ...each, id: randomUUID() }))),
      },
      new Map(Object.entries(onFile?.told ?? {})),
    )
    for (const courier of this.#couriers.values()) courier.go()
  }

  /** Leaves it to another process to tell people; receivers are still listed, changed and tested here. */
  async standBy(): Promise<void> {
    this.#standsBy = true
    this.stop()
    this.#watch = undefined
    for (const courier of [...this.#couriers.values()]) this.#dismiss(courier)
    await this.refresh()
  }

  /** Reads again who is told: another process may have changed it. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#reconcile())
  }

  /** What waits stays on file. */
  stop(): void {
    this.#watch?.stop()
    for (const courier of this.#couriers.values()) courier.stop()
  }

  /** Every receiver and how it goes, without secrets. */
  list() {
    return [...this.#couriers.values()].map(({ receiver, state }) => ({
      ...shownReceiver(receiver),
      ...state,
    }))
  }

  /**
   * Adds the receiver of a request.
   *
   * @returns it, and the secret that was made for a webhook without one
   * @throws NleError `invalid`
   */
  add(body: unknown): Promise<{ receiver: Receiver; madeSecret: string | undefined }> {
    return this.#inTurn(async () => {
      const fresh = {
        id: randomBytes(4).toString('hex'),
        secret: randomBytes(24).toString('base64url'),
      }
      await this.#reconcile()
      const receiver = readReceiver(body, this.#receivers(), fresh)
      await this.#store([...this.#receivers(), receiver])
      this.#engage(receiver, [])
      return {
        receiver,
        madeSecret: receiver.secret === fresh.secret ? fresh.secret : undefined,
      }
    })
  }

  /** @throws NleError `not_found` */
  remove(id: string): Promise<Receiver> {
    return this.#inTurn(async () => {
      await this.#reconcile()
      const courier = this.#courier(id)
      await this.#store(this.#receivers().filter((each) => each.id !== id))
      this.#dismiss(courier)
      await this.#keep()
      return courier.receiver
    })
  }

  /**
   * Sends a test now, also in the quiet time.
   *
   * @returns the status that the receiver answered with
   * @throws NleError `not_found`; `unreachable`, with what the receiver said
   */
  async test(id: string): Promise<{ receiver: Receiver; status: number }> {
    const courier = this.#courier(id)
    const notice = { ...testNotice(this.#parts.core.clock.now().wallMs), id: randomUUID() }
    return { receiver: courier.receiver, status: await courier.send(notice) }
  }

  metrics(): Metric[] {
    const couriers = [...this.#couriers.values()]
    const sum = (of: (courier: Courier) => number): number =>
      couriers.reduce((total, courier) => total + of(courier), 0)
    return [
      gauge(
        'nle_notifications_waiting',
        'Notifications that are to be sent.',
        sum(({ waiting }) => waiting.length),
      ),
      counter(
        'nle_notifications_sent_total',
        'Notifications that a receiver took.',
        this.#given.sent + sum(({ sent }) => sent),
      ),
      counter(
        'nle_notifications_failed_total',
        'Notifications that were given up.',
        this.#given.failed + sum(({ failed }) => failed),
      ),
    ]
  }

  #receivers(): Receiver[] {
    return [...this.#couriers.values()].map(({ receiver }) => receiver)
  }

  #courier(id: string): Courier {
    const courier = this.#couriers.get(id)
    if (courier !== undefined) return courier
    throw new NleError('not_found', 'There is no such receiver. "nle notify list" shows them.')
  }

  #engage(receiver: Receiver, waiting: readonly Notice[]): void {
    const settled = (): void => void this.#keep()
    const courier = new Courier(receiver, waiting, this.#parts.core, this.#post, settled)
    this.#couriers.set(receiver.id, courier)
  }

  #dismiss(courier: Courier): void {
    courier.stop()
    this.#couriers.delete(courier.receiver.id)
    this.#given.sent += courier.sent
    this.#given.failed += courier.failed
  }

  async #stored(): Promise<readonly Receiver[]> {
    const stored = (await this.#parts.core.store.integration(RECEIVERS)) as
      | { receivers: readonly Receiver[] }
      | undefined
    return stored?.receivers ?? []
  }

  /** Follows what other processes have stored; there are none where one process writes alone. */
  async #reconcile(): Promise<void> {
    if (this.#parts.core.store.shared === undefined) return
    const receivers = await this.#stored()
    const ids = new Set(receivers.map(({ id }) => id))
    for (const courier of [...this.#couriers.values()]) {
      if (!ids.has(courier.receiver.id)) this.#dismiss(courier)
    }
    for (const receiver of receivers) {
      if (!this.#couriers.has(receiver.id)) this.#engage(receiver, [])
    }
  }

  async #tell(notices: readonly Notice[]): Promise<void> {
    const { events, log } = this.#parts.core
    for (const notice of notices) {
      for (const courier of this.#couriers.values()) {
        if (wants(courier.receiver, notice.event)) courier.add(notice)
      }
    }
    // Also where it cannot be kept, as on a full disk: better told twice than never.
    await this.#keep()
    for (const notice of notices) {
      const { event, state, serial } = notice
      log.info('notification', { event, state, serial: serial ?? undefined })
      events.emit('noticed', notice)
    }
    for (const courier of this.#couriers.values()) courier.go()
  }

  async #keep(): Promise<void> {
    const { writer, clock, health } = this.#parts.core
    if (this.#standsBy) return
    const waiting = [...this.#couriers].filter(([, courier]) => courier.waiting.length > 0)
    const value = {
      told: Object.fromEntries(this.#watch?.told ?? []),
      waiting: Object.fromEntries(waiting.map(([id, courier]) => [id, courier.waiting])),
    } as unknown as JsonObject
    try {
      const { wallMs } = clock.now()
      const job = this.#job
      await writer.write((store) =>
        job === undefined || store.shared === undefined
          ? store.setIntegration(NOTICES, value, wallMs)
          : store.shared.setIntegrationAs(job, NOTICES, value, wallMs),
      )
    } catch (error) {
      health.complain('what was told could not be kept', error)
    }
  }

  async #store(receivers: readonly Receiver[]): Promise<void> {
    const { writer, clock } = this.#parts.core
    const value = { receivers } as unknown as JsonObject
    await writer.write((store) => store.setIntegration(RECEIVERS, value, clock.now().wallMs))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}
