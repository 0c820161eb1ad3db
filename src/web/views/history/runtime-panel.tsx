import { useSignal } from '@preact/signals'
import { HOUR_MS, type Zone } from '../../../protocol/history/calendar.ts'
import { durationText } from '../../format/durations.ts'
import { numberText } from '../../format/temperature.ts'
import { nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import type { Range } from './history-range.ts'
import { barLabel, slotText } from './history-words.ts'
import { RanSigns } from './legend.tsx'
import { type Bar, type Kind, kindsThatRan, sumOf, topOf } from './runtime-bars.ts'

const { history: texts, units } = TEXTS

/** Every so many bars are named, so that there is room on a phone, too. */
const LABELLED = { day: 6, week: 1, month: 7, year: 3 } as const

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
  const latest = bars.findLastIndex(({ fromMs }) => fromMs <= nowMs.value)
  const bar = bars[chosen.value ?? latest]
  const told = bar === undefined ? '' : barText(bar, kinds, zone)
  const everyNth = LABELLED[range.span]
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
        {bars
          .filter((_, i) => i % everyNth === 0)
          .map(({ fromMs, toMs }) => (
            <span
              key={fromMs}
              class="bars-time"
              style={{ '--middle': (share(fromMs) + share(toMs)) / 2 }}
            >
              {barLabel(fromMs, range.span, zone)}
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
