import type { Metric } from '../../protocol/metrics/metric.ts'
import type { Core } from '../core/core.ts'

export interface MetricsParts {
  readonly core: Core
  readonly databasePath: string
  /** Of nle. */
  readonly version: string
  /** Wall clock, ms. */
  readonly startedAtMs: number
  /** What other rooms know, asked each time. */
  readonly others: readonly (() => readonly Metric[] | Promise<readonly Metric[]>)[]
}

/** `GET /metrics`: everything is loaded and gathered when it is asked for. Most servers are never asked. */
export class Metrics {
  readonly #parts: MetricsParts

  constructor(parts: MetricsParts) {
    this.#parts = parts
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    const { core, databasePath, version, startedAtMs, others } = this.#parts
    const [{ processMetrics }, { serverMetrics }, { measure }] = await Promise.all([
      import('./process-metrics.ts'),
      import('./server-metrics.ts'),
      import('./thermostats-measured.ts'),
    ])
    const thermostats = await measure(core)
    return written([
      ...processMetrics(version, startedAtMs),
      ...(await serverMetrics(core, databasePath, thermostats)),
      ...(await Promise.all(others.map((metrics) => metrics()))).flat(),
      ...thermostats.metrics,
    ])
  }
}

/** The metrics as prom-client writes them. */
async function written(metrics: readonly Metric[]): Promise<string> {
  const { Registry } = await import('prom-client')
  const registry = new Registry()
  for (const { name, help, type, samples } of metrics) {
    const values = samples.map(({ labels = {}, value, suffix = '' }) => ({
      labels,
      value,
      metricName: name + suffix,
    }))
    // The registry takes anything that it can ask for its values; the types name its own classes only.
    const asked = { name, help, type, get: () => ({ name, help, type, values }) }
    registry.registerMetric(asked as unknown as Parameters<typeof registry.registerMetric>[0])
  }
  return registry.metrics()
}
