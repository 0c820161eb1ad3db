import { batch, signal } from '@preact/signals'
import type { Answer } from '../../api/endpoints.ts'
import type { ChangeAnswer, Status } from '../../api/shapes.ts'
import { type FollowedEvents, followEvents } from '../client/events.ts'
import { RequestError, request, whenUnauthorized } from '../client/request.ts'
import { type HouseholdEvent, type Known, Readings, withEvent } from './household-reads.ts'

/** How the page and the server stand. `locked`: the server asks for a token first. */
export type ServerReach = 'starting' | 'here' | 'gone' | 'locked'

/** What the person at this page may do. */
export type PageAccess = Answer<'getSession'>

export const connection = signal<ServerReach>('starting')
export const access = signal<PageAccess | undefined>(undefined)
/** By serial, in the order of the server's list. */
export const thermostats = signal<ReadonlyMap<string, Status>>(new Map())
/** By serial: the newest change of each thermostat that the server knows. */
export const lastChanges = signal<ReadonlyMap<string, ChangeAnswer>>(new Map())
/** Wall clock, ms; moves on twice a minute, for texts such as "since 12:04". */
export const nowMs = signal(Date.now())

const TICK_MS = 30_000
/** The pages of the server's list. */
const PAGE = 500

let stream: FollowedEvents | undefined
const readings = new Readings()

/** Whether this person may send commands. A token that may only read shows, and disables. */
export function mayControl(): boolean {
  const scope = access.value?.scope
  return scope === 'control' || scope === 'admin'
}

/** Reads everything, and follows what happens from now on. */
export function openHousehold(): void {
  setInterval(() => {
    nowMs.value = Date.now()
  }, TICK_MS)
  // A session ends when its token is revoked, whatever the page does at that moment.
  whenUnauthorized(() => void lookForTheReason())
  // Not only once the stream is open: on a slow phone that takes as long as the answer.
  void readHousehold()
  stream = followEvents({
    // What happened before the stream was open may be missing in what was read before.
    opened: () => void readHousehold(),
    missed: () => void readHousehold(),
    closed: () => void lookForTheReason(),
    status: (status) => hear({ kind: 'status', serial: status.serial, status }),
    change: (change) => hear({ kind: 'change', serial: change.serial, change }),
    removed: (serial) => hear({ kind: 'removed', serial }),
  })
}

/** Connects now instead of after the pause, and reads everything: after a token, or a time asleep. */
export function reconnect(): void {
  stream?.reconnect()
}

/** Reads what this person may do, every thermostat and the latest changes anew. */
async function readHousehold(): Promise<void> {
  const reading = readings.begin()
  try {
    const [session, found, { changes }] = await Promise.all([
      request('getSession', {}),
      readThermostats(),
      request('listChanges', { query: { limit: 200 } }),
    ])
    const known = readings.answered(reading, {
      thermostats: new Map(found.map((status) => [status.serial, status])),
      // Newest first: the first of each thermostat stays.
      changes: new Map(changes.toReversed().map((change) => [change.serial, change])),
    })
    if (known === undefined) return
    batch(() => {
      access.value = session
      show(known)
      connection.value = 'here'
    })
  } catch (error) {
    if (readings.failed(reading)) giveUp(error)
  }
}

async function readThermostats(): Promise<Status[]> {
  const found: Status[] = []
  let after: string | null | undefined
  do {
    const query = { all: '1', limit: PAGE, ...(after ? { after } : {}) } as const
    const page = await request('listDevices', { query })
    found.push(...page.devices)
    after = page.next
  } while (after)
  return found
}

/** The stream has ended or a request was refused: the server is gone, or asks for a token now. */
export async function lookForTheReason(): Promise<void> {
  try {
    access.value = await request('getSession', {})
    if (access.value.scope === 'none') lock()
  } catch (error) {
    giveUp(error)
  }
}

function giveUp(error: unknown): void {
  if (error instanceof RequestError && error.status === 401) lock()
  else connection.value = 'gone'
}

/** Whoever has no token any more sees nothing of the household any more. */
function lock(): void {
  readings.drop()
  batch(() => {
    connection.value = 'locked'
    show({ thermostats: new Map(), changes: new Map() })
  })
}

function hear(event: HouseholdEvent): void {
  readings.hear(event)
  show(withEvent({ thermostats: thermostats.value, changes: lastChanges.value }, event))
}

function show(known: Known): void {
  batch(() => {
    thermostats.value = known.thermostats
    lastChanges.value = known.changes
  })
}
