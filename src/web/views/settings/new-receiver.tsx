import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Answer } from '../../../api/endpoints.ts'
import { NOTICE_KINDS, type NoticeKind } from '../../../protocol/notify/notice.ts'
import type { ReceiverType } from '../../../protocol/notify/receiver.ts'
import { request } from '../../client/request.ts'
import { ChoiceField } from '../../parts/choice-field.tsx'
import { Copyable } from '../../parts/copyable.tsx'
import { Field } from '../../parts/field.tsx'
import { reasonOf } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { type ReceiverToAdd, receiverToAdd } from './notify-rules.ts'

const { notify: texts } = TEXTS
const TYPES: readonly ReceiverType[] = ['ntfy', 'webhook']

interface NewReceiverProps {
  readonly timeZone: string
  readonly again: () => Promise<void>
}

/** Adds somebody who is told, and shows the secret that was made until the person has saved it. */
export function NewReceiver({ timeZone, again }: NewReceiverProps) {
  const added = useSignal<Answer<'addNotification'> | undefined>(undefined)
  const place = useRef<HTMLParagraphElement>(null)
  const add = async (body: ReceiverToAdd) => {
    added.value = await request('addNotification', { body })
    // The form with the button that was pressed is closed.
    place.current?.focus()
    await again()
  }
  const { id, name = '', secret } = added.value ?? {}
  if (secret !== undefined) {
    const done = () => {
      added.value = undefined
    }
    return <MadeSecret name={name} secret={secret} done={done} />
  }
  return (
    <>
      <p role="status" class="confirmed" ref={place} tabIndex={-1}>
        {id === undefined ? '' : texts.added(name)}
      </p>
      {/* With the next receiver, a form that is empty and closed. */}
      <details class="more" key={id}>
        <summary>{texts.add}</summary>
        <ReceiverForm timeZone={timeZone} add={add} />
      </details>
    </>
  )
}

interface MadeSecretProps {
  readonly name: string
  readonly secret: string
  readonly done: () => void
}

function MadeSecret({ name, secret, done }: MadeSecretProps) {
  const place = useRef<HTMLDivElement>(null)
  // The form with the button that was pressed is gone.
  useEffect(() => place.current?.focus(), [])
  return (
    <div class="stack sure" role="status" ref={place} tabIndex={-1}>
      <p>{texts.secretOnce(name)}</p>
      <Copyable text={secret} label={texts.secret} />
      <div class="buttons">
        <button type="button" class="button" onClick={done}>
          {TEXTS.settings.done}
        </button>
      </div>
    </div>
  )
}

interface ReceiverFormProps {
  readonly timeZone: string
  readonly add: (body: ReceiverToAdd) => Promise<void>
}

function ReceiverForm({ timeZone, add }: ReceiverFormProps) {
  const type = useSignal<ReceiverType>('ntfy')
  const url = useSignal('')
  const name = useSignal('')
  const secret = useSignal('')
  const events = useSignal<ReadonlySet<NoticeKind>>(new Set(NOTICE_KINDS))
  const quietFrom = useSignal('')
  const quietTo = useSignal('')
  const failure = useSignal('')
  const isBusy = useSignal(false)
  const submit = async () => {
    const body = receiverToAdd({
      type: type.value,
      url: url.value,
      name: name.value,
      secret: secret.value,
      events: events.value,
      quietFrom: quietFrom.value,
      quietTo: quietTo.value,
    })
    failure.value = 'missing' in body ? body.missing : ''
    if ('missing' in body || isBusy.value) return
    isBusy.value = true
    try {
      await add(body)
    } catch (error) {
      failure.value = reasonOf(error)
    }
    isBusy.value = false
  }
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <ChoiceField label={texts.type} value={type} choices={TYPES} names={texts.types} />
      <Field label={texts.url} value={url} hint={texts.urlHints[type.value]} />
      <div class="pair-of-fields">
        <Field label={texts.name} value={name} hint={texts.nameHint} />
        <Field
          label={texts.secrets[type.value]}
          value={secret}
          hint={texts.secretHints[type.value]}
          isSecret
        />
      </div>
      <Events chosen={events} />
      <div class="pair-of-fields">
        <TimeField label={texts.quietFrom} value={quietFrom} />
        <TimeField label={texts.quietTo} value={quietTo} />
      </div>
      <p class="hint">{texts.quietHint(timeZone)}</p>
      <p role="status" class="failure">
        {failure.value}
      </p>
      <div class="buttons">
        <button type="submit" class="button main" aria-disabled={isBusy.value}>
          {texts.addIt}
        </button>
      </div>
    </form>
  )
}

/** What it is told of, to be ticked. */
function Events({ chosen }: { readonly chosen: Signal<ReadonlySet<NoticeKind>> }) {
  return (
    <fieldset class="ticks">
      <legend>{texts.which}</legend>
      {NOTICE_KINDS.map((kind) => (
        <label key={kind} class="tick">
          <input
            type="checkbox"
            checked={chosen.value.has(kind)}
            onChange={({ currentTarget }) => {
              const next = new Set(chosen.value)
              if (currentTarget.checked) next.add(kind)
              else next.delete(kind)
              chosen.value = next
            }}
          />
          {texts.events[kind]}
        </label>
      ))}
    </fieldset>
  )
}

interface TimeFieldProps {
  readonly label: string
  readonly value: Signal<string>
}

function TimeField({ label, value }: TimeFieldProps) {
  const id = useId()
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="field"
        type="time"
        value={value.value}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value
        }}
      />
    </div>
  )
}
