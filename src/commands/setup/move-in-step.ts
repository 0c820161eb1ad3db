import { dirname } from 'node:path'
import { NleError } from '../../errors.ts'
import { importReport } from '../format/import-report.ts'
import type { ServiceHost } from '../service/host.ts'
import { note } from '../terminal/print.ts'
import { askText, offer } from '../terminal/prompt.ts'
import { judgeStep } from './judge-step.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, type Direction, type SetupRoom, STOPPED } from './setup-room.ts'

/** Brings over what the existing self-hosted server has. */
export async function moveInStep(room: SetupRoom, { found }: LookedAround): Promise<Direction> {
  const { io, call, host } = room
  // A new home has nothing to bring: going on is what most people do.
  const { state } = judgeStep('move-in', found)
  const bring = { value: 'bring', name: 'Bring its thermostats here' } as const
  const action = await askStep(room, state === 'blocked' ? [] : [bring], 'first')
  if (action !== 'bring') return action ?? 'again'
  const source = (
    await askText(
      io,
      'Its database, such as /home/pi/nolongerevil/data/database.sqlite (empty: leave it):',
      () => true,
      STOPPED,
    )
  ).trim()
  if (source === '') return 'again'
  // Loaded here, so that nothing is loaded for a home that has nothing to bring.
  const [{ prepareImport }, { bringsNothing }] = await Promise.all([
    import('../../import/write.ts'),
    import('../../import/import-plan.ts'),
  ])
  const databasePath = await call.requireStopped()
  refuseServices(databasePath, host)
  const nowMs = io.nowMs()
  const { plan, apply } = await prepareImport(source, databasePath, {
    wallMs: nowMs,
    steadyMs: nowMs,
  })
  note(io, importReport(plan, { source, database: databasePath }))
  if (bringsNothing(plan)) {
    note(io, 'There is nothing to bring.')
    room.imported ??= 0
    return 'again'
  }
  if (!(await offer(io, `Bring this into ${databasePath}?`))) return 'again'
  const { devices } = await apply()
  room.imported = (room.imported ?? 0) + devices.length
  note(
    io,
    '✓ Done; that database stays as it is. Now stop the existing server, such as with "docker compose stop". What its .env had, but for SQLITE3_DB_PATH, belongs into /etc/default/nle or the .env of nle.',
  )
  return 'next'
}

/**
 * The service runs as a user of its own, who could not open what root writes beside its database.
 *
 * @throws NleError `in_use` for the database of the service
 */
function refuseServices(path: string, { serviceDatabase, exists }: ServiceHost): void {
  if (path !== serviceDatabase || !exists(path)) return
  const folder = `${dirname(path)}/`
  throw new NleError(
    'in_use',
    `The service has a database already, ${path}. Bring them into it with "sudo nle import <database.sqlite> --db ${path} --yes", then give the files to its user with "sudo chown -R --reference=${folder} ${folder}".`,
  )
}
