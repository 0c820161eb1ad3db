import { signal } from '@preact/signals'
import type { Answer } from '../../api/endpoints.ts'
import type { ChangeAnswer, Status } from '../../api/shapes.ts'
import { followEvents } from '../client/events.ts'
import { RequestError, request } from '../client/request.ts'

/** How the page and the server stand. `locked`: the server asks for a token first. */
export type Connection = 'starting' | 'here' | 'gone' | 'locked'

/** What the person at this page may do. */
export type Access = Answer<'getSession'>

export const connection = signal<Connection>('starting')
export const access = signal<Access | undefined>(undefined)
/** By serial, in the order of the server's list. */
export const thermostats = signal<ReadonlyMap<string, Status>>(new Map())
/** By serial: the newest change of each thermostat that the server knows. */
export const lastChanges = signal<ReadonlyMap<string, ChangeAnswer>>(new Map())
/** Wall clock, ms; moves on twice a minute, for texts such as "since 12:04". */
export const nowMs = signal(Date.now())

const TICK_MS = 30_000
/** The pages of the server's list. */
const PAGE = 500

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
  followEvents({
    // What happened before the stream was open is not known, so all of it is read after it is.
    opened: () => void readHousehold(),
    missed: () => void readHousehold(),
    closed: () => void lookForTheReason(),
    status: keepStatus,
    change: keepChange,
    removed: forget,
  })
}

/** Reads every thermostat and the latest changes anew. */
export async function readHousehold(): Promise<void> {
  try {
    access.value = await request('getSession', {})
    const found: Status[] = []
    let after: string | null | undefined
    do {
      const query = { all: '1', limit: PAGE, ...(after ? { after } : {}) } as const
      const page = await request('listDevices', { query })
      found.push(...page.devices)
      after = page.next
    } while (after)
    const { changes } = await request('listChanges', { query: { limit: 200 } })
    thermostats.value = new Map(found.map((status) => [status.serial, status]))
    // Newest first: the first of each thermostat stays.
    lastChanges.value = new Map(changes.toReversed().map((change) => [change.serial, change]))
    connection.value = 'here'
  } catch (error) {
    connection.value = connectionAfter(error)
  }
}

/** The stream has ended: the server is gone, or asks for a token now. */
async function lookForTheReason(): Promise<void> {
  try {
    access.value = await request('getSession', {})
    if (access.value.scope === 'none') connection.value = 'locked'
  } catch (error) {
    connection.value = connectionAfter(error)
  }
}

function connectionAfter(error: unknown): Connection {
  return error instanceof RequestError && error.status === 401 ? 'locked' : 'gone'
}

function keepStatus(status: Status): void {
  thermostats.value = new Map(thermostats.value).set(status.serial, status)
}

function keepChange(change: ChangeAnswer): void {
  const newest = lastChanges.value.get(change.serial)
  if (newest !== undefined && newest.id > change.id) return
  lastChanges.value = new Map(lastChanges.value).set(change.serial, change)
}

function forget(serial: string): void {
  const rest = new Map(thermostats.value)
  rest.delete(serial)
  thermostats.value = rest
}
