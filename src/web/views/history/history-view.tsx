import { useEffect } from 'preact/hooks'
import type { Status } from '../../../api/shapes.ts'
import { targetOf } from '../../client/request.ts'
import { HeadOf, statusOf } from '../../parts/head-of.tsx'
import { linkTo } from '../../route.ts'
import { connection, nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { HistoryCharts } from './history-charts.tsx'
import { freshness, rangeOf, zonesDiffer } from './history-range.ts'
import { rowsOf } from './history-rows.ts'
import { knownFromMs, linesOf } from './history-series.ts'
import { HistoryTable } from './history-table.tsx'
import { FormChoice, HistoryTools } from './history-tools.tsx'
import { rangeText, slotText } from './history-words.ts'
import { barsOf } from './runtime-bars.ts'
import { RuntimeBars } from './runtime-panel.tsx'
import {
  browserZone,
  isTable,
  lastMs,
  type ReadHistory,
  readHistory,
  reading,
  span,
  trouble,
  zone,
} from './shown-history.ts'

const { history: texts } = TEXTS

/** What one thermostat measured and did; the first one unless the address names another. */
export function HistoryView({ serial }: { readonly serial: string | undefined }) {
  const status = statusOf(serial)
  if (status === undefined) {
    return (
      <>
        <h1>{TEXTS.shell.history}</h1>
        <p>
          {texts.nobody} <a href={linkTo({ view: 'pair' })}>{texts.pair}</a>
        </p>
      </>
    )
  }
  return (
    <>
      <HeadOf view="history" title={TEXTS.shell.history} status={status} />
      {status.owner === null && (
        <p class="notice">
          {texts.unpaired} <a href={linkTo({ view: 'pair' })}>{texts.pair}</a>
        </p>
      )}
      <HistoryOf key={status.serial} status={status} />
    </>
  )
}

function HistoryOf({ status }: { readonly status: Status }) {
  const { serial } = status
  const range = rangeOf(span.value, lastMs.value ?? nowMs.value, zone.value)
  const isHere = connection.value === 'here'
  const { fromMs, toMs } = range
  // Read again when the days are others, from time to time while now is in sight, and once the server is back.
  useEffect(() => {
    void readHistory(serial, range)
  }, [serial, span.value, fromMs, toMs, zone.value, freshness(range, nowMs.value), isHere])
  if (trouble.value === 'off') return <p class="notice">{texts.off}</p>
  const read = reading.value?.serial === serial ? reading.value : undefined
  const isUnread = trouble.value === 'unread' && isHere
  return (
    <>
      <HistoryTools range={range} />
      {isUnread && (
        <p role="alert">
          {texts.unread}{' '}
          <button type="button" class="button" onClick={() => void readHistory(serial, range)}>
            {TEXTS.shell.retry}
          </button>
        </p>
      )}
      {read === undefined ? (
        !isUnread && <p class="quiet">{TEXTS.shell.loading}</p>
      ) : (
        <Panels
          status={status}
          read={read}
          isStale={read.range.fromMs !== fromMs || read.range.span !== range.span}
        />
      )}
      {zonesDiffer(range, zone.value, browserZone) && (
        <p class="quiet">{texts.zone(zone.value.name)}</p>
      )}
    </>
  )
}

/** @param isStale - what is in sight is being read, and this is what was before */
function Panels(props: {
  readonly status: Status
  readonly read: ReadHistory
  readonly isStale: boolean
}) {
  const { status, read, isStale } = props
  const { history, range, runtime, isNew } = read
  const title = rangeText(range, nowMs.value, zone.value)
  const isKnown = knownFromMs(history) !== undefined
  if (!isKnown) {
    return (
      <section class="panel history-panel">
        <h2>{title}</h2>
        <p>{isNew && status.owner !== null ? texts.begins : texts.none}</p>
      </section>
    )
  }
  const { serial, temperature_scale: scale } = status
  const { fromMs: from, toMs: to, stepMs: step } = range
  const bars = barsOf(runtime, zone.value, range.span === 'year')
  const asTable = isTable.value
  const chartCsv = targetOf('getHistory', { query: { serial, from, to, step, format: 'csv' } })
  const by = runtime.by
  const runtimeCsv = targetOf('getRuntime', { query: { serial, from, to, by, format: 'csv' } })
  const runtimeLink = (
    <CsvLink href={runtimeCsv} name={`${serial}-runtime.csv`} text={texts.runtimeCsv} />
  )
  const panel = isStale ? 'panel history-panel stale' : 'panel history-panel'
  return (
    <>
      <section class={panel} aria-busy={isStale}>
        <header>
          <h2>{title}</h2>
          <FormChoice />
          <CsvLink href={chartCsv} name={`${serial}-history.csv`} text={texts.csv} />
          {asTable && runtimeLink}
        </header>
        {isNew && <p class="quiet">{beganText(read)}</p>}
        {asTable ? (
          <HistoryTable
            rows={rowsOf(history, linesOf(history, scale), bars, nowMs.value)}
            scale={scale}
            zone={zone.value}
            caption={title}
          />
        ) : (
          <HistoryCharts status={status} read={read} />
        )}
      </section>
      {!asTable && (
        <section class={panel}>
          <header>
            <h2>{texts.runtime[range.span]}</h2>
            {runtimeLink}
          </header>
          <RuntimeBars range={range} bars={bars} zone={zone.value} />
        </section>
      )}
    </>
  )
}

function CsvLink(props: { readonly href: string; readonly name: string; readonly text: string }) {
  return (
    <a class="csv" href={props.href} download={props.name}>
      {props.text}
    </a>
  )
}

function beganText({ history }: ReadHistory): string {
  const fromMs = knownFromMs(history) ?? 0
  return texts.began(slotText({ fromMs, toMs: fromMs + history.step }, zone.value))
}
