import { createReadStream, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { NleError } from '../../errors.ts'
import { copyPath, copyWhileServing, removeLeftCopy } from '../../store/copies.ts'
import { NO_FILE } from '../../store/path.ts'
import { TAKEN, type Taken, writeHead } from '../http/reply.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'

/** How long a client may read nothing before the backup ends: others wait for it. */
const STALL_MS = 30_000

/** `GET /api/backup`: the whole database, from a copy that is made beside it and removed at the end. */
export function backupEndpoints({ core, databasePath }: ControlServices) {
  const { clock, log } = core
  let isBusy = false

  async function sendCopy(
    response: ServerResponse,
    headers: Record<string, string>,
    withHistory: boolean,
  ) {
    const copy = copyPath(databasePath)
    try {
      const isWanted = () => !response.destroyed
      const { wallMs: nowMs } = clock.now()
      const how = { nowMs, isWanted, withHistory }
      const fault = await copyWhileServing(databasePath, copy, how)
      if (fault !== undefined) log.warn('a backup lacks the history', { reason: fault })
      const bytes = statSync(copy).size
      writeHead(response, 200, { ...headers, 'Content-Length': bytes })
      response.setTimeout(STALL_MS, () => response.destroy())
      await pipeline(createReadStream(copy), response).then(
        () => log.info('a backup was sent', { bytes }),
        (error) => log.warn('a backup was not read to its end', { reason: String(error) }),
      )
    } finally {
      removeLeftCopy(databasePath)
    }
  }

  return {
    async getBackup({ method, query }, response): Promise<Taken> {
      if (core.store.shared !== undefined) {
        throw new NleError(
          'invalid',
          'This server keeps its data in PostgreSQL: back that up with its own tools, such as pg_dump.',
        )
      }
      if (databasePath === NO_FILE) {
        throw new NleError(
          'invalid',
          'This server keeps its data in memory, so there is nothing to back up.',
        )
      }
      const date = new Date(clock.now().wallMs).toISOString().slice(0, 10)
      const headers = {
        'Content-Type': 'application/vnd.sqlite3',
        'Content-Disposition': `attachment; filename="nle-${date}.sqlite"`,
        'Cache-Control': 'no-store',
      }
      if (method === 'HEAD') {
        writeHead(response, 200, headers)
        response.end()
        return TAKEN
      }
      if (isBusy) {
        throw new NleError(
          'rate_limited',
          'Another backup is made right now. Try again in a moment.',
          { details: { retryAfterS: 10 } },
        )
      }
      isBusy = true
      try {
        await sendCopy(response, headers, query.get('history') !== '0')
      } finally {
        isBusy = false
      }
      return TAKEN
    },
  } satisfies SomeHandlers
}
