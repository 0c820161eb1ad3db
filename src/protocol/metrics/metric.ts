/** One metric in the words of Prometheus, at one instant. Names are in base units: seconds, bytes, volts. */
export interface Metric {
  readonly name: string
  /** One sentence for people. */
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram: what the sample's name has behind that of the metric. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
}

/** A metric that has one value, or none where it is not known. */
export function gauge(name: string, help: string, value: number | undefined): Metric {
  return { name, help, type: 'gauge', samples: value === undefined ? [] : [{ value }] }
}

export function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ value }] }
}

/** A metric with one sample for each value of a label. */
export function byLabel(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  label: string,
  values: Iterable<readonly [string, number]>,
): Metric {
  const samples = [...values].map(([text, value]) => ({ labels: { [label]: text }, value }))
  return { name, help, type, samples }
}

/** How often each value was observed: `counts` has one more entry than `bounds`, for what is above them. */
export interface Observed {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[]
  readonly counts: ArrayLike<number>
  readonly sum: number
}

/** A histogram as Prometheus wants it: each bucket also counts those below it. */
export function histogram(name: string, help: string, { bounds, counts, sum }: Observed): Metric {
  let total = 0
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i): MetricSample => {
    total += counts[i] ?? 0
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
    return { labels: { le }, value: total, suffix: '_bucket' }
  })
  const samples: MetricSample[] = [
    ...buckets,
    { value: sum, suffix: '_sum' },
    { value: total, suffix: '_count' },
  ]
  return { name, help, type: 'histogram', samples }
}
