import { readdirSync } from 'node:fs'
import { byLabel, counter, gauge, type Metric } from '../../protocol/metrics/metric.ts'

/**
 * The process itself.
 *
 * @param version - of nle
 * @param startedAtMs - wall clock
 */
export function processMetrics(version: string, startedAtMs: number): Metric[] {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return [
    byLabel('gauge', 'nle_build_info', 'The version of nle; always 1.', 'version', [[version, 1]]),
    gauge('nle_process_start_time_seconds', 'When it started, Unix time.', startedAtMs / 1000),
    counter('nle_process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6),
    gauge('nle_process_resident_memory_bytes', 'Memory of the process.', rss),
    gauge('nle_process_heap_used_bytes', 'Memory of JavaScript objects.', heapUsed),
    gauge('nle_process_open_fds', 'Open files and sockets.', openFiles()),
  ]
}

/** Undefined on other systems than Linux. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
