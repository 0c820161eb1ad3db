import type { HeldThermostat } from '../../bench/held-thermostat.ts'
import { LeanConnection } from '../../bench/lean-connection.ts'
import { Putter } from '../../bench/put-load.ts'
import { quantile } from '../../bench/quantile.ts'
import { check, sleep } from '../../bench/scenario.ts'
import type { ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, seededList, subscribeRequest } from '../../bench/thermostat.ts'
import type { Report } from './report.ts'

/** A client that waits longer than this is starved. */
const STARVED_MS = 5_000
/** Between two requests of one kind. */
const PAUSE_MS = 20

/** Requests by name; each call sends one and resolves once it is answered. */
export type Requests = Readonly<Record<string, () => Promise<void>>>
/** How long each answer took, ms, by the name of the request. */
export type Times = Readonly<Record<string, number[]>>

/** Sends each kind of request in a loop of its own until `over` resolves. */
export async function requestAll(
  report: Report,
  requests: Requests,
  over: Promise<unknown>,
): Promise<Times> {
  let isOver = false
  const stop = over.finally(() => {
    isOver = true
  })
  const times: Record<string, number[]> = {}
  const on = async (what: string, ask: () => Promise<void>): Promise<void> => {
    const mine: number[] = []
    times[what] = mine
    while (!isOver) {
      const startedMs = performance.now()
      try {
        await withinTime(ask(), STARVED_MS)
      } catch (error) {
        report.fail(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      }
      mine.push(performance.now() - startedMs)
      await sleep(PAUSE_MS)
    }
  }
  await Promise.all([stop, ...Object.entries(requests).map(([what, ask]) => on(what, ask))])
  return times
}

/** Rejects when it takes longer. */
export async function withinTime<T>(work: Promise<T>, mostMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${mostMs} ms`)), mostMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** `GET /health` and the like, on a connection of its own as a script would. */
export async function askControl(server: ServerProcess, path: string): Promise<void> {
  const connection = await LeanConnection.open(server.controlPort)
  try {
    const { status } = await connection.ask(httpRequest('GET', path))
    check(status === 200, () => `${path} was answered ${status}`)
  } finally {
    connection.close()
  }
}

/** Puts, each on a connection of its own. */
export function puts(server: ServerProcess, serial: string): () => Promise<void> {
  let revision = 1
  return async () => {
    const connection = await LeanConnection.open(server.devicePort)
    try {
      await new Putter(serial, connection, revision).put()
      revision += 1
    } finally {
      connection.close()
    }
  }
}

/** Subscribes, each on a connection of its own; answered once it is held. */
export function subscribes(server: ServerProcess, serial: string): () => Promise<void> {
  const request = subscribeRequest(serial, seededList(serial))
  return async () => {
    const connection = await LeanConnection.open(server.devicePort)
    try {
      await new Promise<void>((resolve, reject) => {
        connection.hold(request, {
          head: (status) => (status === 200 ? resolve() : reject(new Error(`status ${status}`))),
          chunk: () => {},
          end: () => {},
          failed: reject,
        })
      })
    } finally {
      connection.close()
    }
  }
}

/** Commands, each on a connection of its own; answered once the thermostat has it. */
export function commands(server: ServerProcess, to: HeldThermostat): () => Promise<void> {
  let n = 0
  return async () => {
    const value = 15 + (n++ % 97) / 10
    const arrived = to.chunk()
    await command(server, to.serial, value)
    const { document } = await arrived
    check(document.includes(`"target_temperature":${value}`), () => document)
  }
}

/** Sends `set_temperature`; throws unless it is accepted. */
export async function command(
  server: ServerProcess,
  serial: string,
  celsius: number,
): Promise<void> {
  const connection = await LeanConnection.open(server.controlPort)
  try {
    const body = JSON.stringify({ serial, command: 'set_temperature', value: celsius })
    const answer = await connection.ask(httpRequest('POST', '/command', body))
    check(answer.status === 200, () => answer.body)
  } finally {
    connection.close()
  }
}

/** The state of the last change of each of these thermostats, by serial. */
export async function lastStates(
  server: ServerProcess,
  serials: readonly string[],
): Promise<Map<string, string>> {
  const connection = await LeanConnection.open(server.controlPort)
  const states = new Map<string, string>()
  for (const serial of serials) {
    const { body } = await connection.ask(
      httpRequest('GET', `/api/changes?serial=${serial}&limit=1`),
    )
    states.set(serial, JSON.parse(body).changes[0]?.state ?? 'none')
  }
  connection.close()
  return states
}

/** The lines of a table: times now beside those on a quiet server. */
export function compared(alone: Times, now: Times): string[] {
  return Object.entries(now).map(([what, times]) => {
    const before = alone[what] ?? []
    return (
      `  ${what.padEnd(28)} ${of(before, 0.5)} ${of(before, 0.99)}   ${of(times, 0.5)} ` +
      `${of(times, 0.99)} ${of(times, 1)}   ${String(times.length).padStart(6)}`
    )
  })
}

export const COMPARED_HEAD = `  ${'ms'.padEnd(28)} quiet p50      p99   now p50      p99     most    asked`

function of(times: readonly number[], share: number): string {
  return quantile(times, share).toFixed(1).padStart(8)
}
