import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Status } from '../../../api/shapes.ts'
import { whenText } from '../../format/times.ts'
import { HeadOf, isPaired, statusOf } from '../../parts/head-of.tsx'
import { linkTo } from '../../route.ts'
import { mayControl, nowMs, thermostats } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { DayPanel } from './day-panel.tsx'
import { SaveBar } from './save-bar.tsx'
import {
  changeWeek,
  type OpenWeek,
  openWeekOf,
  readWeek,
  scheduleModes,
  unread,
  weeks,
} from './schedule-store.ts'
import { inMode, type WeekEdit, withWeek } from './week-edit.ts'
import { WeekPicture } from './week-picture.tsx'
import { nextText } from './week-words.ts'

const { schedule: texts } = TEXTS
const DAYS = [0, 1, 2, 3, 4, 5, 6]

/** The weekly schedule of one thermostat; of the first one unless the address names another. */
export function ScheduleView({ serial }: { readonly serial: string | undefined }) {
  const status = statusOf(serial)
  if (status === undefined) {
    return (
      <>
        <h1>{TEXTS.shell.schedule}</h1>
        <p>
          {texts.nobody} <a href={linkTo({ view: 'pair' })}>{texts.pair}</a>
        </p>
      </>
    )
  }
  return (
    <>
      <HeadOf view="schedule" title={TEXTS.shell.schedule} status={status} />
      <Week key={status.serial} status={status} />
    </>
  )
}

function Week({ status }: { readonly status: Status }) {
  const { serial } = status
  const open = weeks.value.get(serial)
  // Each status may mean another schedule; a week that is being changed is left alone.
  useEffect(() => void readWeek(serial), [status, serial])
  if (open === undefined) {
    if (!unread.value.has(serial)) return <p class="quiet">{TEXTS.shell.loading}</p>
    return (
      <p role="alert">
        {texts.unread}{' '}
        <button type="button" class="button" onClick={() => void readWeek(serial)}>
          {TEXTS.shell.retry}
        </button>
      </p>
    )
  }
  return <Editor status={status} open={open} />
}

function Editor({ status, open }: { readonly status: Status; readonly open: OpenWeek }) {
  const { serial, temperature_scale: scale } = status
  const today = (new Date(nowMs.value).getDay() + 6) % 7
  const chosenDay = useSignal(today)
  const isList = useSignal(false)
  const change = (step: (edit: WeekEdit) => WeekEdit) => changeWeek(serial, step)
  const reason = isPaired(status) ? (mayControl() ? undefined : texts.mayOnlyRead) : texts.unpaired
  const isDisabled = reason !== undefined
  const next = nextText(status, open.edit.saved.mode, (ms) => whenText(ms, nowMs.value))
  const fields = { edit: open.edit, scale, isDisabled, change }
  return (
    <>
      {reason !== undefined && (
        <p class="notice">
          {reason} {!isPaired(status) && <a href={linkTo({ view: 'pair' })}>{texts.pair}</a>}
        </p>
      )}
      {open.base === null && <p class="quiet">{texts.untold}</p>}
      {next !== undefined && <p class="schedule-next figures">{next}</p>}
      <div class="week-tools">
        <ModeChoice status={status} edit={open.edit} isDisabled={isDisabled} change={change} />
        <fieldset class="choices" aria-label={texts.view}>
          {[false, true].map((asList) => (
            <button
              key={String(asList)}
              type="button"
              aria-pressed={isList.value === asList}
              onClick={() => {
                isList.value = asList
              }}
            >
              {asList ? texts.list : texts.picture}
            </button>
          ))}
        </fieldset>
        <CopyWeek status={status} edit={open.edit} isDisabled={isDisabled} />
      </div>
      {isList.value ? (
        <div class="day-list">
          {DAYS.map((day) => (
            <DayPanel key={day} day={day} {...fields} />
          ))}
        </div>
      ) : (
        <>
          <WeekPicture
            {...fields}
            today={today}
            chosenDay={chosenDay.value}
            chooseDay={(day) => {
              chosenDay.value = day
            }}
          />
          <DayPanel key={chosenDay.value} day={chosenDay.value} {...fields} />
        </>
      )}
      <SaveBar serial={serial} open={open} isDisabled={isDisabled} change={change} />
    </>
  )
}

function ModeChoice(props: {
  readonly status: Status
  readonly edit: WeekEdit
  readonly isDisabled: boolean
  readonly change: (change: (edit: WeekEdit) => WeekEdit) => void
}) {
  const modes = scheduleModes(props.status)
  if (modes.length < 2) return null
  return (
    <fieldset class="choices" aria-label={texts.mode} disabled={props.isDisabled}>
      {modes.map((mode) => (
        <button
          key={mode}
          type="button"
          aria-pressed={props.edit.now.mode === mode}
          onClick={() => props.change((edit) => inMode(edit, mode))}
        >
          {texts.modes[mode]}
        </button>
      ))}
    </fieldset>
  )
}

/** Opens another thermostat with this week, for the person to look at and save there. */
function CopyWeek(props: {
  readonly status: Status
  readonly edit: WeekEdit
  readonly isDisabled: boolean
}) {
  const { mode, week } = props.edit.now
  const others = [...thermostats.value.values()].filter(
    (each) =>
      each.serial !== props.status.serial && isPaired(each) && scheduleModes(each).includes(mode),
  )
  if (others.length === 0 || week.every((entries) => entries.length === 0)) return null
  const copyTo = async (serial: string) => {
    if (!(await openWeekOf(serial))) return
    changeWeek(serial, (edit) => withWeek(edit, { mode, week }))
    location.hash = linkTo({ view: 'schedule', serial })
  }
  return (
    <select
      class="field"
      aria-label={texts.copyWeek}
      disabled={props.isDisabled}
      value=""
      onChange={(event) => void copyTo(event.currentTarget.value)}
    >
      <option value="" disabled>
        {texts.copyWeek} …
      </option>
      {others.map((each) => (
        <option key={each.serial} value={each.serial}>
          {each.name}
        </option>
      ))}
    </select>
  )
}
