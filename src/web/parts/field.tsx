import type { Signal } from '@preact/signals'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly value: Signal<string>
  readonly hint?: string | undefined
  readonly isSecret?: boolean
  /** Several lines. */
  readonly isLong?: boolean
  /** Letters are capitals on what is copied from. */
  readonly isCapitals?: boolean
}

/** A text field with its label, for what no browser should complete or correct. */
export function Field({ label, value, hint, isSecret, isLong, isCapitals }: FieldProps) {
  const id = useId()
  const shared = {
    id,
    class: 'field',
    autocapitalize: isCapitals ? ('characters' as const) : ('none' as const),
    spellcheck: false,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    value: value.value,
    onInput: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) => {
      value.value = currentTarget.value
    },
  }
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      {isLong ? (
        <textarea {...shared} rows={4} />
      ) : isSecret ? (
        <input {...shared} type="password" autocomplete="new-password" />
      ) : (
        <input {...shared} autocomplete="off" />
      )}
      {hint !== undefined && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  )
}
