import type { ControlServices, SomeHandlers } from './handler.ts'

/** `GET /metrics`, for Prometheus. */
export function metricsEndpoints({ metrics }: ControlServices) {
  return { getMetrics: () => metrics.text() } satisfies SomeHandlers
}
