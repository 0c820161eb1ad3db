import { useComputed, useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'

const { device: texts } = TEXTS

/** The name as the heading, and the form that changes it. */
export function NameForm({ serial, status }: DeviceProps) {
  const isOpen = useSignal(false)
  const name = useComputed(() => status.value?.name ?? serial)
  const button = useRef<HTMLButtonElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const wasOpen = useRef(false)
  // The focus goes along: into the form, and back to the button that opened it.
  useLayoutEffect(() => {
    if (isOpen.value) field.current?.select()
    else if (wasOpen.current) button.current?.focus()
    wasOpen.current = isOpen.value
  }, [isOpen.value])

  if (!isOpen.value) {
    return (
      <div class="device-name">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        {maySend(status.value) && (
          <button
            ref={button}
            type="button"
            class="button small"
            onClick={() => {
              isOpen.value = true
            }}
          >
            {texts.rename}
          </button>
        )}
      </div>
    )
  }
  const close = () => {
    isOpen.value = false
  }
  return (
    <form
      class="device-name"
      onSubmit={(event) => {
        event.preventDefault()
        const wanted = field.current?.value.trim() ?? ''
        if (wanted !== name.value) void send(serial, 'set_name', wanted)
        close()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <h1 class="heard">{name}</h1>
      <label class="labelled">
        <span>{texts.name}</span>
        <input
          ref={field}
          class="field"
          maxLength={64}
          defaultValue={name.value}
          dir="auto"
          autoComplete="off"
          aria-describedby="name-hint"
        />
      </label>
      <button type="submit" class="button main">
        {texts.save}
      </button>
      <button type="button" class="button" onClick={close}>
        {texts.cancel}
      </button>
      <p id="name-hint" class="quiet hint">
        {texts.nameHint}
      </p>
    </form>
  )
}
