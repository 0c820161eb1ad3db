import { changedDays, emptiedDays } from '../../../protocol/schedule/change-week.ts'
import { Told } from '../../parts/told.tsx'
import { TEXTS } from '../../texts.ts'
import { type OpenWeek, saveWeek, takeTheirs } from './schedule-store.ts'
import { changedDayNumbers, discard, isChanged, redo, undo, type WeekEdit } from './week-edit.ts'
import { dayText } from './week-words.ts'

const { schedule: texts } = TEXTS

interface SaveProps {
  readonly serial: string
  readonly open: OpenWeek
  readonly isDisabled: boolean
  readonly change: (change: (edit: WeekEdit) => WeekEdit) => void
}

/** What has changed, the way back, and Save. */
export function SaveBar({ serial, open, isDisabled, change }: SaveProps) {
  const { edit, conflict } = open
  const changed = isChanged(edit)
  const isIdle = !changed && edit.past.length === 0 && edit.future.length === 0
  return (
    <div class={isIdle ? 'save-bar idle' : 'save-bar'}>
      {conflict !== undefined && (
        <div class="conflict" role="alert">
          <p>{texts.conflict}</p>
          <button type="button" class="button" onClick={() => takeTheirs(serial)}>
            {texts.takeTheirs}
          </button>
          <button type="button" class="button" onClick={() => void saveWeek(serial, true)}>
            {texts.keepMine}
          </button>
        </div>
      )}
      <p class="quiet">{changed ? changedText(edit) : ''}</p>
      <Told serial={serial} />
      <div class="save-buttons">
        <button
          type="button"
          class="button"
          disabled={edit.past.length === 0}
          onClick={() => change(undo)}
        >
          {texts.undo}
        </button>
        <button
          type="button"
          class="button"
          disabled={edit.future.length === 0}
          onClick={() => change(redo)}
        >
          {texts.redo}
        </button>
        <button type="button" class="button" disabled={!changed} onClick={() => change(discard)}>
          {texts.discard}
        </button>
        <button
          type="button"
          class="button main"
          disabled={!changed || isDisabled || conflict !== undefined}
          onClick={() => void saveWeek(serial)}
        >
          {texts.save}
        </button>
      </div>
    </div>
  )
}

function changedText(edit: WeekEdit): string {
  const days = changedDayNumbers(edit)
  const names = (numbers: readonly number[]) => numbers.map((day) => dayText(day)).join(', ')
  const what = days.length === 7 ? texts.changedAll : texts.changedDays(names(days))
  const emptied = emptiedDays(changedDays(edit.saved.week, edit.now.week))
  return emptied.length === 0 ? what : `${what}. ${texts.emptied(names(emptied))}`
}
