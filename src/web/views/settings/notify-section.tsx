import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { request } from '../../client/request.ts'
import { reasonOf, useAnswer } from '../../state/answer.ts'
import { access, nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { AskFirst } from './ask-first.tsx'
import { NewReceiver } from './new-receiver.tsx'
import { type ListedReceiver, receiverFacts, receiverFault } from './notify-rules.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { notify: texts } = TEXTS
/** How often it is looked at what was sent. */
const LOOK_MS = 10_000

/** Who is told when something is wrong. */
export function NotifySection() {
  const { asking, again } = useAnswer('listNotifications', {}, LOOK_MS)
  const { answer, failure } = asking.value
  const removed = useSignal('')
  const place = useRef<HTMLParagraphElement>(null)
  const hasRemoved = async (name: string) => {
    await again()
    removed.value = texts.removed(name)
    // The button that was pressed is gone with its receiver.
    place.current?.focus()
  }
  return (
    <Panel title={texts.title}>
      <p>{texts.what}</p>
      {answer === undefined ? (
        <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
      ) : answer.receivers.length === 0 ? (
        <p class="quiet">{texts.nobody}</p>
      ) : (
        <ul class="waiting receivers">
          {answer.receivers.map((receiver) => (
            <ReceiverRow
              key={receiver.id}
              receiver={receiver}
              timeZone={answer.time_zone}
              again={again}
              hasRemoved={() => hasRemoved(receiver.name)}
            />
          ))}
        </ul>
      )}
      <p role="status" ref={place} tabIndex={-1}>
        {removed.value}
      </p>
      <OwnerOnly of="addNotification">
        {answer !== undefined && <NewReceiver timeZone={answer.time_zone} again={again} />}
      </OwnerOnly>
    </Panel>
  )
}

interface ReceiverRowProps {
  readonly receiver: ListedReceiver
  readonly timeZone: string
  readonly again: () => Promise<void>
  readonly hasRemoved: () => Promise<void>
}

function ReceiverRow({ receiver, timeZone, again, hasRemoved }: ReceiverRowProps) {
  const { id, name } = receiver
  const told = useSignal({ text: '', isFault: false })
  const isBusy = useSignal(false)
  const fault = receiverFault(receiver)
  const run = async (work: () => Promise<string>) => {
    isBusy.value = true
    try {
      told.value = { text: await work(), isFault: false }
    } catch (error) {
      told.value = { text: reasonOf(error), isFault: true }
    }
    isBusy.value = false
  }
  const test = () =>
    run(async () => {
      told.value = { text: texts.testing, isFault: false }
      const { status } = await request('testNotification', { params: { id } })
      return texts.tested(status)
    }).then(again)
  const remove = () =>
    run(async () => {
      await request('removeNotification', { params: { id } })
      await hasRemoved()
      return ''
    })
  return (
    <li>
      <b class="token-name">
        <bdi>{name}</bdi>
      </b>
      {access.value?.owner === true && (
        <>
          <button
            type="button"
            class="button"
            aria-label={texts.testNamed(name)}
            aria-disabled={isBusy.value}
            onClick={() => {
              if (!isBusy.value) void test()
            }}
          >
            {texts.test}
          </button>
          <AskFirst
            action={texts.remove}
            label={texts.removeNamed(name)}
            question={texts.removeSure(name)}
            isDisabled={isBusy.value}
            act={remove}
          />
        </>
      )}
      {receiverFacts(receiver, timeZone, nowMs.value).map((fact) => (
        <p key={fact} class="hint">
          {fact}
        </p>
      ))}
      {fault !== undefined && <p class="failure">{fault}</p>}
      <p role="status" class={told.value.isFault ? 'failure' : 'confirmed'}>
        {told.value.text}
      </p>
    </li>
  )
}
