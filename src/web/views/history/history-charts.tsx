import { signal, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Status } from '../../../api/shapes.ts'
import { DAY_MS } from '../../../protocol/history/calendar.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { TEXTS } from '../../texts.ts'
import { type ChartSpec, type DrawnChart, drawChart } from './draw-chart.ts'
import { extentOf, hasValues, lastKnown, linesOf, stripesOf } from './history-series.ts'
import { pointText } from './history-words.ts'
import { RanSigns, Sign } from './legend.tsx'
import { barsOf, kindsThatRan, sumOf } from './runtime-bars.ts'
import { Scrub } from './scrub.tsx'
import { type ReadHistory, zone } from './shown-history.ts'
import { timeTicks } from './time-ticks.ts'

const { history: texts } = TEXTS

const DARK = matchMedia('(prefers-color-scheme: dark)')
const isDark = signal(DARK.matches)
DARK.addEventListener('change', () => {
  isDark.value = DARK.matches
})

/** Temperatures inside with what they were to be and what ran; below it outside and humidity, where they are known. */
export function HistoryCharts(props: { readonly status: Status; readonly read: ReadHistory }) {
  const { status, read } = props
  const { temperature_scale: scale } = status
  const { history, range, runtime } = read
  const lines = useMemo(() => linesOf(history, scale), [history, scale])
  const specs = useMemo(() => specsOf(read, lines, scale), [read, lines, scale])
  const chosen = useSignal<number | undefined>(undefined)
  const drawn = useRef<(DrawnChart | undefined)[]>([])
  const latest = useMemo(() => lastKnown(history), [history])
  const index = Math.min(chosen.value ?? latest, history.time.length - 1)
  const words = pointText(history, index, { scale, zone: zone.value })

  useEffect(() => {
    chosen.value = undefined
  }, [range.fromMs, range.toMs, chosen])
  useEffect(() => {
    for (const chart of drawn.current) chart?.mark(chosen.value)
  }, [chosen.value])

  const bars = barsOf(runtime, zone.value, false)
  const kinds = kindsThatRan(bars).filter((kind) => kind === 'heating' || kind === 'cooling')
  const { outside, humidity } = specs
  const place = (at: number) => ({
    keep: (chart: DrawnChart | undefined) => {
      drawn.current[at] = chart
      chart?.mark(chosen.value)
    },
  })
  return (
    <>
      <p id="history-keys" class="heard">
        {texts.cursorKeys}
      </p>
      <p class="point figures" aria-hidden="true">
        {words}
      </p>
      <Scrub
        count={history.time.length}
        index={index}
        words={words}
        far={FAR[range.span]}
        indexAt={(clientX) => drawn.current[0]?.indexAt(clientX)}
        choose={(next) => {
          chosen.value = next
        }}
      >
        <Plot size="large" label={texts.climate(`°${scale}`)} spec={specs.inside} {...place(0)} />
        {outside && (
          <Plot size="small" label={texts.outsideIn(`°${scale}`)} spec={outside} {...place(1)} />
        )}
        {humidity && <Plot size="small" label={texts.humidityIn} spec={humidity} {...place(2)} />}
      </Scrub>
      <ul class="legend">
        <Sign sign="line" text={texts.inside} />
        {specs.hasTarget && <Sign sign="line dashed" text={texts.target} />}
        {specs.hasSpread && <Sign sign="block spread" text={texts.spread} />}
        <RanSigns kinds={kinds} ran={sumOf(bars)} />
        {specs.hasEco && <Sign sign="block eco" text={texts.eco} />}
      </ul>
    </>
  )
}

/** What Page Up and Page Down pass: an hour, six hours, a week, a month. */
const FAR = { day: 12, week: 24, month: 7, year: 30 } as const

function specsOf({ range, history }: ReadHistory, lines: ReturnType<typeof linesOf>, scale: Scale) {
  const common = {
    time: history.time,
    from: range.fromMs,
    to: range.toMs,
    ticks: (width: number) => timeTicks(range, zone.peek(), width),
  }
  // Within minutes the temperature hardly changes, within a day it does.
  const hasSpread = range.stepMs >= DAY_MS
  const { inside, target, low, high, lowest, highest, outside, humidity } = lines
  const eco = stripesOf(history, history.eco)
  const hasOutside = hasValues(outside)
  const hasHumidity = hasValues(humidity)
  const degree = scale === 'F' ? 1.8 : 1
  const insideSpec: ChartSpec = {
    ...common,
    extent: extentOf([inside, target, low, high, ...(hasSpread ? [lowest, highest] : [])], {
      room: degree / 2,
      least: 4 * degree,
    }),
    lines: [
      ...[target, low, high].filter(hasValues).map((values) => ({
        values,
        token: '--soft' as const,
        width: 1.5,
        isStep: true,
      })),
      { values: inside, token: '--ink', width: range.span === 'day' ? 2.5 : 2 },
    ],
    bands: [
      ...(hasSpread ? [{ low: lowest, high: highest, token: '--ink' as const }] : []),
      ...(hasValues(low) ? [{ low, high, token: '--idle' as const, isStep: true }] : []),
    ],
    backgrounds: [
      { stripes: eco, token: '--eco', edge: 'top' },
      { stripes: stripesOf(history, history.heating), token: '--heat', edge: 'bottom' },
      { stripes: stripesOf(history, history.cooling), token: '--cool', edge: 'bottom' },
    ],
    hasTimes: !hasOutside && !hasHumidity,
    unit: '°',
  }
  const small = (
    values: typeof inside,
    token: '--cool-ink' | '--soft',
    unit: string,
    least: number,
  ) => ({
    ...common,
    extent: extentOf([values], { room: least / 8, least }),
    lines: [{ values, token, width: 1.25 }],
    bands: [],
    backgrounds: [],
    unit,
  })
  return {
    inside: insideSpec,
    outside: hasOutside
      ? { ...small(outside, '--cool-ink', '°', 6 * degree), hasTimes: !hasHumidity }
      : undefined,
    humidity: hasHumidity ? { ...small(humidity, '--soft', '', 12), hasTimes: true } : undefined,
    hasSpread,
    hasTarget: [target, low, high].some(hasValues),
    hasEco: eco.length > 0,
  }
}

interface PlotProps {
  readonly size: 'large' | 'small'
  readonly label: string
  readonly spec: ChartSpec
  readonly keep: (chart: DrawnChart | undefined) => void
}

/** One chart, drawn anew with other data or colours. */
function Plot({ size, label, spec, keep }: PlotProps) {
  const host = useRef<HTMLDivElement>(null)
  const dark = isDark.value
  useEffect(() => {
    if (host.current === null) return
    const chart = drawChart(host.current, spec)
    keep(chart)
    return () => {
      keep(undefined)
      chart.remove()
    }
  }, [spec, dark])
  return (
    <figure class="plot">
      <figcaption>{label}</figcaption>
      <div ref={host} class={`plot-${size} ${spec.hasTimes ? 'with-times' : ''}`} />
    </figure>
  )
}
