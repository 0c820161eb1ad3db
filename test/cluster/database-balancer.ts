import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { HAPROXY } from './balancer.ts'

/** One machine of the database, as the balancer sees it. */
interface Checked {
  readonly port: number
  readonly check: Server
}

/** HAProxy in front of a primary and its standby, as docs/cluster.md has it. */
export interface DatabaseBalancer {
  /** The same database by the balancer's port. */
  through(url: string): string
  /** Sends connections to the standby, as an address that is moved by hand may. */
  mistakeStandby(isMistaken: boolean): void
  end(): void
}

/**
 * Starts HAProxy. What Patroni would answer to `GET /primary` is answered here, by asking the database.
 *
 * @param ports - of the machines of the database
 */
export async function startDatabaseBalancer(
  folder: string,
  own: number,
  ports: readonly number[],
): Promise<DatabaseBalancer> {
  let isMistaken = false
  const machines = await Promise.all(
    ports.map(async (port): Promise<Checked> => {
      const check = createServer((_, response) => {
        void isPrimary(port).then((is) => {
          const isChosen = is !== undefined && is !== isMistaken
          response.writeHead(isChosen ? 200 : 503).end()
        })
      })
      await new Promise<void>((resolve) => check.listen(0, '127.0.0.1', resolve))
      return { port, check }
    }),
  )
  const file = join(folder, 'database.cfg')
  writeFileSync(file, configuration(own, machines))
  const child: ChildProcess = spawn(HAPROXY, ['-q', '-db', '-f', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return {
    through: (url) => url.replace(/:\d+\//, `:${own}/`),
    mistakeStandby: (is) => {
      isMistaken = is
    },
    end: () => {
      child.kill('SIGKILL')
      for (const { check } of machines) check.close()
    },
  }
}

/** Undefined when it does not answer. */
async function isPrimary(port: number): Promise<boolean | undefined> {
  const client = new pg.Client({
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: 1_000,
    query_timeout: 1_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_is_in_recovery() AS "isStandby"')
    return rows[0].isStandby === false
  } catch {
    return undefined
  } finally {
    client.end().catch(() => {})
  }
}

function configuration(own: number, machines: readonly Checked[]): string {
  const servers = machines.map(
    ({ port, check }, i) =>
      `  server db${i} 127.0.0.1:${port} check port ${(check.address() as AddressInfo).port}`,
  )
  return `defaults
  timeout connect 2s
  timeout client 400s
  timeout server 400s
listen postgres
  mode tcp
  bind 127.0.0.1:${own}
  option httpchk
  http-check send meth GET uri /primary
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`
}
