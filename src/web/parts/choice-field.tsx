import type { Signal } from '@preact/signals'
import { useId } from 'preact/hooks'

interface ChoiceFieldProps<Choice extends string> {
  readonly label: string
  readonly value: Signal<Choice>
  readonly choices: readonly Choice[]
  readonly names: Readonly<Record<Choice, string>>
}

/** One of a few, with its label. */
export function ChoiceField<Choice extends string>({
  label,
  value,
  choices,
  names,
}: ChoiceFieldProps<Choice>) {
  const id = useId()
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="field"
        value={value.value}
        onChange={({ currentTarget }) => {
          value.value = choices[currentTarget.selectedIndex] ?? value.value
        }}
      >
        {choices.map((each) => (
          <option key={each} value={each}>
            {names[each]}
          </option>
        ))}
      </select>
    </div>
  )
}
