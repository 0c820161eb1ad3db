import { nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { earlier, isInSight, later, type Range, SPANS } from './history-range.ts'
import { isTable, lastMs, span } from './shown-history.ts'

const { history: texts } = TEXTS

/** How much time is in sight, and which. */
export function HistoryTools({ range }: { readonly range: Range }) {
  const isNow = isInSight(range, nowMs.value)
  return (
    <div class="history-tools">
      <fieldset class="choices" aria-label={texts.span}>
        {SPANS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={span.value === each}
            onClick={() => {
              span.value = each
            }}
          >
            {texts.spans[each]}
          </button>
        ))}
      </fieldset>
      <div class="history-steps">
        <button
          type="button"
          class="button"
          onClick={() => {
            lastMs.value = earlier(range)
          }}
        >
          {texts.back}
        </button>
        <button
          type="button"
          class="button"
          disabled={isNow}
          onClick={() => {
            lastMs.value = later(range, nowMs.value)
          }}
        >
          {texts.forward}
        </button>
        <button
          type="button"
          class="button"
          disabled={isNow}
          onClick={() => {
            lastMs.value = undefined
          }}
        >
          {texts.now}
        </button>
      </div>
    </div>
  )
}

/** Whether charts are shown, or the same as a table. */
export function FormChoice() {
  return (
    <fieldset class="choices" aria-label={texts.view}>
      {[false, true].map((asTable) => (
        <button
          key={String(asTable)}
          type="button"
          aria-pressed={isTable.value === asTable}
          onClick={() => {
            isTable.value = asTable
          }}
        >
          {asTable ? texts.table : texts.chart}
        </button>
      ))}
    </fieldset>
  )
}
