import { useSignal } from '@preact/signals'
import type { TargetedEvent, TargetedKeyboardEvent } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { JsonValue } from '../../../protocol/bucket.ts'
import type { DeviceSetting } from '../../../protocol/commands/device-settings.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { TEXTS } from '../../texts.ts'
import {
  choiceText,
  entered,
  fieldFor,
  rangeText,
  type SettingField,
  textIn,
} from './setting-field.ts'

const { device: texts } = TEXTS

const MAX_NUMBER_LENGTH = 12

interface Props {
  readonly field: string
  readonly label: string
  readonly setting: DeviceSetting
  readonly scale: Scale
  readonly value: JsonValue | undefined
  readonly isFixed: boolean
  readonly change: (field: string, value: JsonValue) => Promise<boolean>
}

/** One setting: its label, its range, and what it is now. It is sent when it is chosen, or the field is left. */
export function SettingRow({ field, label, setting, scale, value, isFixed, change }: Props) {
  const how = fieldFor(setting, scale)
  const range = rangeText(how)
  const wrong = useSignal('')
  /** What was entered, until the thermostat's settings are read anew. */
  const wanted = useSignal<JsonValue | undefined>(undefined)
  const before = useRef(value)
  if (before.current !== value) {
    before.current = value
    wanted.value = undefined
  }
  const shown = wanted.value ?? value
  const give = async (next: JsonValue) => {
    wrong.value = ''
    if (next === shown) return
    wanted.value = next
    if (!(await change(field, next))) wanted.value = undefined
  }
  const enter = (text: string) => {
    const found = entered(how, text)
    // A field that was left as it was keeps its value, to the last digit.
    if (text === textIn(how, shown)) wrong.value = ''
    else if ('wrong' in found) wrong.value = found.wrong
    else void give(found.value)
  }
  const id = `setting-${field}`
  const hint = wrong.value || range
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <span class="setting-field">
        <Input
          id={id}
          how={how}
          value={shown}
          isFixed={isFixed}
          isWrong={wrong.value !== ''}
          enter={enter}
          give={give}
        />
        {how.kind === 'number' && <span class="quiet">{how.unit}</span>}
      </span>
      {hint !== undefined && hint !== '' && (
        <span id={`${id}-hint`} class={wrong.value === '' ? 'quiet hint' : 'hint wrong'}>
          {hint}
        </span>
      )}
    </div>
  )
}

interface InputProps {
  readonly id: string
  readonly how: SettingField
  readonly value: JsonValue | undefined
  readonly isFixed: boolean
  readonly isWrong: boolean
  readonly enter: (text: string) => void
  readonly give: (value: JsonValue) => Promise<void>
}

function Input({ id, how, value, isFixed, isWrong, enter, give }: InputProps) {
  if (how.kind === 'switch') {
    return (
      <input
        id={id}
        type="checkbox"
        class="switch"
        disabled={isFixed}
        checked={value === true}
        onChange={({ currentTarget }) => void give(currentTarget.checked)}
      />
    )
  }
  const text = textIn(how, value)
  if (how.kind === 'choice') {
    // The thermostat may have a value that is not among those that can be chosen.
    const values = how.values.includes(text) ? how.values : [text, ...how.values]
    return (
      <select
        id={id}
        class="field"
        disabled={isFixed}
        value={text}
        onChange={({ currentTarget }) => void give(currentTarget.value)}
      >
        {values.map((each) => (
          <option key={each} value={each} disabled={!how.values.includes(each)}>
            {each === '' ? texts.notSet : choiceText(each)}
          </option>
        ))}
      </select>
    )
  }
  const shared = {
    id,
    class: `field ${how.kind}`,
    disabled: isFixed,
    'aria-invalid': isWrong,
    'aria-describedby': how.kind === 'number' || isWrong ? `${id}-hint` : undefined,
  }
  return <Written text={text} how={how} shared={shared} enter={enter} />
}

interface WrittenProps {
  readonly text: string
  readonly how: SettingField
  readonly shared: { readonly id: string; readonly class: string; readonly disabled: boolean }
  readonly enter: (text: string) => void
}

/** A field to write in. A new value of the thermostat comes into it, but nothing is taken from under the hands. */
function Written({ text, how, shared, enter }: WrittenProps) {
  const input = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    if (input.current !== null) input.current.value = text
  }, [text])
  const handlers = {
    ref: input,
    onBlur: ({ currentTarget }: TargetedEvent<HTMLInputElement>) => enter(currentTarget.value),
    onKeyDown({ key, currentTarget }: TargetedKeyboardEvent<HTMLInputElement>) {
      if (key === 'Enter') enter(currentTarget.value)
    },
  }
  if (how.kind === 'time' || how.kind === 'date') {
    return <input type={how.kind} {...shared} {...handlers} />
  }
  return (
    <input
      type="text"
      autoComplete="off"
      spellcheck={false}
      inputMode={how.kind === 'number' ? 'decimal' : 'text'}
      maxLength={how.kind === 'text' ? how.maxLength : MAX_NUMBER_LENGTH}
      {...shared}
      {...handlers}
    />
  )
}
