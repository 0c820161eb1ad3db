import { useSignal } from '@preact/signals'
import { HOUR_MS, type Zone } from '../../../protocol/history/calendar.ts'
import { durationText } from '../../format/durations.ts'
import { numberText } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'
import type { Range } from './history-range.ts'
import { slotText } from './history-words.ts'
import { RanSigns } from './legend.tsx'
import { type Bar, type Kind, kindsThatRan, sumOf, topOf } from './runtime-bars.ts'
import { timeTicks } from './time-ticks.ts'

const { history: texts, units } = TEXTS
/** Labels below the bars have to have room on a phone, too. */
const TICKS_WIDTH = 330

/** How long what ran, a group of bars for each hour, day or month. */
export function RuntimeBars(props: {
  readonly range: Range
  readonly bars: readonly Bar[]
  readonly zone: Zone
}) {
  const { range, bars, zone } = props
  const chosen = useSignal<number | undefined>(undefined)
  const kinds = kindsThatRan(bars)
  if (kinds.length === 0) return <p class="quiet">{texts.nothingRan}</p>
  const topMs = topOf(bars)
  const ran = sumOf(bars)
  const bar = chosen.value === undefined ? undefined : bars[chosen.value]
  const told = bar === undefined ? '' : barText(bar, kinds, zone)
  const share = (atMs: number) => (atMs - range.fromMs) / (range.toMs - range.fromMs)
  return (
    <>
      <p class="point bars-point figures" aria-hidden="true">
        {told}
      </p>
      <div
        class="bars"
        role="img"
        aria-label={kinds.map((kind) => kindText(kind, ran[kind])).join(', ')}
        onPointerLeave={() => {
          chosen.value = undefined
        }}
      >
        {[1, 0.5, 0].map((height) => (
          <span key={height} class="bars-level" style={{ '--height': height }}>
            {hoursText(topMs * height)}
          </span>
        ))}
        <div class="bars-area">
          {bars.map((each, i) => (
            <span
              key={each.fromMs}
              class={i === chosen.value ? 'bars-group chosen' : 'bars-group'}
              style={{ '--from': share(each.fromMs), '--to': share(each.toMs) }}
              onPointerEnter={() => {
                chosen.value = i
              }}
            >
              {kinds.map((kind) => (
                <i key={kind} class={kind} style={{ '--height': each.ran[kind] / topMs }} />
              ))}
            </span>
          ))}
        </div>
        {timeTicks(range, zone, TICKS_WIDTH).map(({ atMs, label }) => (
          <span key={atMs} class="bars-time" style={{ '--from': share(atMs) }}>
            {label}
          </span>
        ))}
      </div>
      <ul class="legend">
        <RanSigns kinds={kinds} ran={ran} />
      </ul>
    </>
  )
}

function barText(bar: Bar, kinds: readonly Kind[], zone: Zone): string {
  const what = kinds.map((kind) => kindText(kind, bar.ran[kind])).join(', ')
  return texts.at(slotText(bar, zone), what)
}

function kindText(kind: Kind, ranMs: number): string {
  return texts.kindFor(texts.kinds[kind], durationText(ranMs))
}

/** Short, for an axis: `30 min`, `6 h`. */
function hoursText(ms: number): string {
  return ms % HOUR_MS === 0 || ms > HOUR_MS
    ? units.hours(numberText(ms / HOUR_MS))
    : units.minutes(numberText(ms / 60_000))
}
