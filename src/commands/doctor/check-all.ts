import { accessSync, constants, existsSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { NleError } from '../../errors.ts'
import type { OriginRemark } from '../../protocol/lan/typed-origin.ts'
import { checkClock } from '../../server/doctor/clock-check.ts'
import { checkDatabase, checkShared } from '../../server/doctor/database-check.ts'
import { examine } from '../../server/doctor/examine.ts'
import { type Finding, findingOf, type Subject } from '../../server/doctor/finding.ts'
import type { Machine } from '../../server/doctor/machine.ts'
import { findOrigin } from '../../server/lan/origin.ts'
import { openForReading } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import type { ServerClient } from '../client/client.ts'
import type { Target } from '../client/target.ts'
import { checkNoServer, checkPorts } from './no-server-check.ts'
import { checkUnusedDatabases } from './unused-database-check.ts'

/** What the checks of this machine work with. */
export interface CheckedFrom {
  /** Those that a server started here would have. */
  readonly config: Config
  readonly remarks: readonly OriginRemark[]
  readonly nowMs: number
  readonly machine: Machine
  /** The databases that a person may mean who names none. */
  readonly usualDatabases: readonly string[]
}

/**
 * Everything that goes wrong in practice: the running server examines itself, and what concerns this machine is
 * added. Without one, all is examined from here. Never throws for what a check finds.
 */
export async function checkAll(target: Target | NleError, from: CheckedFrom): Promise<Finding[]> {
  if (target instanceof NleError) return unfound(target, from)
  if (target.type === 'server') {
    const { client, databasePath: path } = target
    const told = await askServer(client)
    const here = path !== undefined && isReadable(path) ? await checkHere(path, from) : []
    // This machine tells its clock, and checks all of a large database.
    const known = new Set(here.map(({ check }) => check))
    const others = path === undefined ? [] : checkUnusedDatabases(path, from)
    return [...told.filter(({ check }) => !known.has(check)), ...here, ...others]
  }
  const { path, silent } = target
  return withSubject(path, from, async (subject) => [
    ...(silent === undefined
      ? [...(await checkNoServer(subject)), ...(await checkPorts(subject))]
      : [findingOf('server')('problem', silent.message, 'Look at its log.')]),
    ...(await examine(subject)),
  ])
}

/** What the server finds wrong with itself, and whether it may be asked. */
async function askServer(client: ServerClient): Promise<Finding[]> {
  const finding = findingOf('server')
  try {
    const { findings } = await client.call('getDoctor')
    const told = findings.map(
      ({ level, title: check, text: message, todo }): Finding => ({
        check,
        level,
        message,
        ...(todo === null ? {} : { mend: todo }),
      }),
    )
    const isInTrouble = told.some(({ check }) => check === 'server')
    return [...(isInTrouble ? [] : [finding('ok', `it answers at ${client.url}`)]), ...told]
  } catch (error) {
    if (!(error instanceof NleError)) throw error
    const answers = `it answers at ${client.url}`
    switch (error.code) {
      case 'unauthorized':
      case 'forbidden': {
        const mend =
          'Run this with sudo, as the user of the server, or with an admin token in NLE_TOKEN.'
        return [finding('warning', `${answers}, but only its owner may have it checked`, mend)]
      }
      case 'method_not_allowed':
        return [finding('warning', `${answers}. ${error.message}`)]
      default:
        return [finding('problem', error.message, 'Look at its log.')]
    }
  }
}

/** What this machine adds about the server that runs on it. */
function checkHere(path: string, from: CheckedFrom): Promise<Finding[]> {
  return withSubject(path, from, async (subject) => [
    ...(await checkClock(subject)),
    ...checkDatabase(subject),
  ])
}

/** No server was found, and it is not clear which database is meant. */
async function unfound(error: NleError, from: CheckedFrom): Promise<Finding[]> {
  return [
    findingOf('server')('problem', error.message),
    ...(await checkPostgres(from.config.databaseUrl)),
    ...(await checkPorts(from)),
  ]
}

/** Whether a server that is started here could use the PostgreSQL of its settings. */
async function checkPostgres(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return []
  try {
    const { openShared } = await import('../../store/open-shared.ts')
    const store = await openShared(url)
    const findings = await checkShared(store)
    await store.close()
    return findings
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [findingOf('database')('problem', message)]
  }
}

async function withSubject(
  databasePath: string,
  { config, remarks, nowMs, machine }: CheckedFrom,
  check: (subject: Subject) => Promise<Finding[]>,
): Promise<Finding[]> {
  const store = openReadable(databasePath, nowMs)
  const scheme = config.certDir === undefined ? 'http' : 'https'
  try {
    return await check({
      config,
      remarks,
      databasePath,
      store,
      nowMs,
      // The steady clock of a process starts as the wall clock.
      steadyMs: nowMs,
      maxCheckedBytes: Number.POSITIVE_INFINITY,
      machine,
      origin: findOrigin(config, { port: config.serverPort, scheme }, machine.lan()),
      live: undefined,
    })
  } finally {
    store?.close()
  }
}

/** Undefined when it cannot be opened, which `checkDatabase` reports. */
function openReadable(path: string, nowMs: number): Store | undefined {
  if (!existsSync(path)) return undefined
  try {
    return openForReading(path, nowMs)
  } catch {
    return undefined
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
