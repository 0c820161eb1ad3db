import uPlot from 'uplot'
import { numberText } from '../../format/temperature.ts'
import { alonePoints, type Stripe, type Values } from './history-series.ts'
import type { Tick } from './time-ticks.ts'

/** The custom property that has a colour, such as `--heat`. */
type Token = `--${string}`

interface Line {
  readonly values: Values
  readonly token: Token
  readonly width: number
  /** A target: dashed, and level until it changes. */
  readonly isStep?: boolean
}

/** The area between two lines that are not drawn themselves, or are steps. */
interface Band {
  readonly low: Values
  readonly high: Values
  readonly token: Token
  readonly isStep?: boolean
}

interface Background {
  readonly stripes: readonly Stripe[]
  readonly token: Token
  /** Where the stripes are strong: a lane along an edge, so that short ones are seen. */
  readonly edge: 'top' | 'bottom'
}

export interface ChartSpec {
  readonly time: readonly number[]
  readonly from: number
  readonly to: number
  readonly extent: readonly [low: number, high: number]
  readonly lines: readonly Line[]
  readonly bands: readonly Band[]
  readonly backgrounds: readonly Background[]
  readonly ticks: (width: number) => readonly Tick[]
  /** Whether the times are named below. */
  readonly hasTimes: boolean
  readonly unit: string
}

export interface DrawnChart {
  /** The point below a place of the screen. */
  readonly indexAt: (clientX: number) => number
  /** Marks a point; undefined for none. */
  readonly mark: (index: number | undefined) => void
  readonly remove: () => void
}

/** Both sides have it, so that charts below each other have the same times below each other. */
const AXIS_WIDTH = 44
const AXIS_HEIGHT = 28
const LANE_HEIGHT = 5
const FONT = '12px system-ui, sans-serif'

/** Draws a chart as large as the element; again whenever that gets another size. */
export function drawChart(host: HTMLElement, spec: ChartSpec): DrawnChart {
  const colour = (token: Token) => () => getComputedStyle(host).getPropertyValue(token)
  const series: uPlot.Series[] = [{}]
  const bands: uPlot.Band[] = []
  const data: (readonly (number | null)[])[] = [spec.time]
  const add = (values: Values, options: uPlot.Series) => {
    data.push(values)
    series.push({ spanGaps: false, ...options })
  }
  for (const { low, high, token, isStep = false } of spec.bands) {
    const paths = isStep ? { paths: steps() } : {}
    add(high, { width: 0, points: { show: false }, ...paths })
    add(low, { width: 0, points: { show: false }, ...paths })
    const fill = () => withAlpha(colour(token)(), 0.16)
    bands.push({ series: [series.length - 2, series.length - 1], fill })
  }
  for (const { values, token, width, isStep = false } of spec.lines) {
    add(values, {
      stroke: colour(token),
      width,
      points: { show: true, filter: () => alonePoints(values), fill: colour(token), size: 6 },
      ...(isStep ? { paths: steps(), dash: [6, 5], points: { show: false } } : {}),
    })
  }
  const grid = { stroke: colour('--line'), width: 1 }
  const text = { stroke: colour('--soft'), font: FONT, ticks: { show: false } }
  const [low, high] = spec.extent
  let isReady = false
  let marked: number | undefined

  const chart = new uPlot(
    {
      ...sizeOf(host),
      ms: 1,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        // The element around all charts follows pointer and keys.
        bind: Object.fromEntries(POINTER_EVENTS.map((name) => [name, () => null])),
      },
      scales: {
        x: { time: false, range: () => [spec.from, spec.to] },
        y: { range: () => [low, high] },
      },
      padding: [10, 12, spec.hasTimes ? 0 : 6, 0],
      axes: [
        {
          ...text,
          grid,
          size: spec.hasTimes ? AXIS_HEIGHT : 0,
          splits: ({ width }) => spec.ticks(width - AXIS_WIDTH).map(({ atMs }) => atMs),
          values: ({ width }, splits) =>
            spec.hasTimes
              ? splits.map(
                  (at) =>
                    spec.ticks(width - AXIS_WIDTH).find(({ atMs }) => atMs === at)?.label ?? '',
                )
              : splits.map(() => ''),
        },
        {
          ...text,
          grid,
          size: AXIS_WIDTH,
          // As many as have room.
          space: host.clientHeight > 150 ? 36 : 20,
          values: (_, splits) => splits.map((value) => `${numberText(value)}${spec.unit}`),
        },
      ],
      series,
      bands,
      hooks: {
        drawClear: [(u) => drawBackgrounds(u, spec.backgrounds, colour)],
        ready: [
          () => {
            isReady = true
            mark(marked)
          },
        ],
      },
    },
    data as unknown as uPlot.AlignedData,
    host,
  )

  const mark = (index: number | undefined) => {
    marked = index
    if (!isReady) return
    const at = index === undefined ? undefined : spec.time[index]
    const left = at === undefined ? -10 : chart.valToPos(at, 'x')
    chart.setCursor({ left, top: at === undefined ? -10 : 0 })
  }
  const sized = new ResizeObserver(() => {
    chart.setSize(sizeOf(host))
    mark(marked)
  })
  sized.observe(host)
  return {
    indexAt: (clientX) => chart.posToIdx(clientX - chart.over.getBoundingClientRect().left),
    mark,
    remove: () => {
      sized.disconnect()
      chart.destroy()
    },
  }
}

const POINTER_EVENTS = [
  'mousedown',
  'mouseup',
  'click',
  'dblclick',
  'mousemove',
  'mouseleave',
  'mouseenter',
] as const

function steps(): uPlot.Series.PathBuilder {
  const { stepped } = uPlot.paths
  if (stepped === undefined) throw new Error('uPlot has no steps')
  return stepped({ align: 1 })
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: host.clientWidth, height: host.clientHeight }
}

function withAlpha(colour: string, alpha: number): string {
  return `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`
}

function drawBackgrounds(
  u: uPlot,
  backgrounds: readonly Background[],
  colour: (token: Token) => () => string,
): void {
  const { ctx, bbox } = u
  ctx.save()
  for (const { stripes, token, edge } of backgrounds) {
    ctx.fillStyle = colour(token)()
    const lane = LANE_HEIGHT * devicePixelRatio
    const laneTop = edge === 'top' ? bbox.top : bbox.top + bbox.height - lane
    for (const { fromMs, toMs, share } of stripes) {
      const left = u.valToPos(fromMs, 'x', true)
      const width = Math.max(1, u.valToPos(toMs, 'x', true) - left)
      ctx.globalAlpha = 0.14 * share
      ctx.fillRect(left, bbox.top, width, bbox.height)
      ctx.globalAlpha = 0.3 + 0.7 * share
      ctx.fillRect(left, laneTop, width, lane)
    }
  }
  ctx.restore()
}
