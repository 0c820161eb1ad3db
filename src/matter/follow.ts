import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'
import type { BridgeTimers } from './bridge-timers.ts'
import type { Household } from './bridged-household.ts'
import { textOf } from './bridged-thermostat.ts'
import type { NleApi, NleEvent } from './nle-api.ts'

const RETRY_MS = 1_000

export interface Following {
  readonly api: NleApi
  readonly household: Household
  readonly timers: BridgeTimers
  readonly stop: AbortSignal
  warn(event: string, text: string): void
  /** Called after each change of what is shown; the first time once everything is. */
  shown(): Promise<void>
}

/** Shows what nle tells, over one connection after another, until it is stopped. */
export async function follow(following: Following): Promise<void> {
  const { timers, stop, warn } = following
  let isWarned = false
  while (!stop.aborted) {
    const connection = new AbortController()
    try {
      await followOnce(following, AbortSignal.any([stop, connection.signal]), () => {
        isWarned = false
      })
    } catch (error) {
      if (!isWarned) warn('nle does not answer the Matter bridge; it tries again', textOf(error))
      isWarned = true
    }
    connection.abort()
    if (!stop.aborted) await pause(timers, RETRY_MS, stop)
  }
}

async function followOnce(
  following: Following,
  stop: AbortSignal,
  succeeded: () => void,
): Promise<void> {
  let isAccepted: () => void = () => {}
  const accepted = new Promise<void>((resolve) => {
    isAccepted = resolve
  })
  // Asked for before everything is read, so that nothing is missed in between.
  const events = following.api.events(isAccepted, stop)[Symbol.asyncIterator]()
  let next = events.next()
  // A failure is seen when it is its turn.
  next.catch(() => {})
  await Promise.race([accepted, next])
  await showAll(following)
  succeeded()
  for (let event = await next; event.done !== true; event = await next) {
    next = events.next()
    next.catch(() => {})
    await told(event.value, following)
  }
}

async function told({ type, data }: NleEvent, following: Following): Promise<void> {
  const { household, shown } = following
  if (type === 'resync') return showAll(following)
  if (type === 'status') await household.show(JSON.parse(data) as BridgedStatus)
  else if (type === 'removed') await household.remove(String(JSON.parse(data).serial))
  else return
  await shown()
}

async function showAll({ api, household, shown }: Following): Promise<void> {
  await household.showAll(await api.devices())
  await shown()
}

function pause(timers: BridgeTimers, ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.setTimer(ms, resolve)
    stop.addEventListener(
      'abort',
      () => {
        timers.clearTimer(timer)
        resolve()
      },
      { once: true },
    )
  })
}
