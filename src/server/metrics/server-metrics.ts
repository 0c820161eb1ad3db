import { statSync } from 'node:fs'
import { byLabel, gauge, histogram, type Metric } from '../../protocol/metrics/metric.ts'
import { NO_FILE } from '../../store/path.ts'
import type { Core } from '../core/core.ts'
import { freeBytes } from '../core/free-bytes.ts'
import type { Measured } from './thermostats-measured.ts'

/** Requests, connections, changes, and the database. */
export async function serverMetrics(
  { tallies, subscriptions, health }: Core,
  databasePath: string,
  { paired, unpaired, openChanges }: Measured,
): Promise<Metric[]> {
  const isFile = databasePath !== NO_FILE
  return [
    {
      name: 'nle_http_requests_total',
      help: 'Requests that were answered to the end.',
      type: 'counter',
      samples: [...tallies.answers].flatMap(([listener, byStatus]) =>
        [...byStatus].map(([status, value]) => ({
          labels: { listener, code: String(status) },
          value,
        })),
      ),
    },
    histogram(
      'nle_put_duration_seconds',
      'From the complete request of a put until it is on disk.',
      tallies.putS,
    ),
    gauge(
      'nle_held_connections',
      'Connections that thermostats hold.',
      subscriptions.totals().subscriptions,
    ),
    byLabel(
      'counter',
      'nle_changes_total',
      'Changes that moved to a state.',
      'state',
      tallies.changes,
    ),
    byLabel('gauge', 'nle_open_changes', 'Changes on their way.', 'state', openChanges),
    byLabel('gauge', 'nle_thermostats', 'Thermostats on file.', 'state', [
      ['paired', paired],
      ['unpaired', unpaired],
    ]),
    gauge(
      'nle_database_healthy',
      '0 while the database cannot be used.',
      Number(health.trouble === undefined),
    ),
    gauge(
      'nle_database_size_bytes',
      'The database and its log.',
      isFile ? sizeOf(databasePath) + sizeOf(`${databasePath}-wal`) : undefined,
    ),
    gauge(
      'nle_disk_free_bytes',
      'Room on the disk of the database.',
      isFile ? await freeBytes(databasePath) : undefined,
    ),
  ]
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
