import { useSignal } from '@preact/signals'
import { useId, useRef } from 'preact/hooks'
import type { Answer } from '../../../api/endpoints.ts'
import { request } from '../../client/request.ts'
import { reasonOf } from '../../state/answer.ts'
import { access } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { AskFirst } from './ask-first.tsx'
import { MatterCode } from './matter-code.tsx'
import { isOpen, matterFacts, matterLine } from './matter-rules.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'
import { useMatter } from './use-matter.ts'

const { matter: texts } = TEXTS

type Matter = Answer<'getMatter'>

/** The Matter bridge: on or off, the code for an app, and the apps that are paired. */
export function MatterSection() {
  const { status, failure, again, isSlow, lookAgain } = useMatter()
  return (
    <Panel title={texts.title}>
      <p>{texts.what}</p>
      <p class="hint">{texts.uncertified}</p>
      {status === undefined ? (
        <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
      ) : (
        <>
          <State status={status} isSlow={isSlow} lookAgain={lookAgain} />
          {access.value?.owner === true ? (
            <Controls status={status} again={again} />
          ) : (
            <>
              {status.running && <Apps fabrics={status.fabrics} />}
              <OwnerOnly of={status.on ? 'getMatterCodes' : 'setMatter'}>{null}</OwnerOnly>
            </>
          )}
          {status.on && <p class="hint figures">{matterFacts(status)}</p>}
        </>
      )}
    </Panel>
  )
}

interface StateProps {
  readonly status: Matter
  readonly isSlow: boolean
  readonly lookAgain: () => void
}

function State({ status, isSlow, lookAgain }: StateProps) {
  const { text, isFault } = matterLine(status, isSlow)
  return (
    <>
      <p role="status" class={isFault ? 'failure' : ''}>
        {text}
      </p>
      {isSlow && (
        <div class="buttons">
          <button type="button" class="button" onClick={lookAgain}>
            {TEXTS.settings.doctorAgain}
          </button>
        </div>
      )}
    </>
  )
}

interface ControlsProps {
  readonly status: Matter
  readonly again: () => Promise<void>
}

/** What the owner may do. */
function Controls({ status, again }: ControlsProps) {
  const isBusy = useSignal(false)
  const told = useSignal({ text: '', isFault: false })
  const place = useRef<HTMLParagraphElement>(null)
  const run = async (work: () => Promise<unknown>, words = '') => {
    isBusy.value = true
    told.value = { text: '', isFault: false }
    try {
      await work()
      told.value = { text: words, isFault: false }
    } catch (error) {
      told.value = { text: reasonOf(error), isFault: true }
    }
    await again()
    isBusy.value = false
  }
  const remove = async ({ index, name }: Fabric) => {
    const params = { index }
    await run(() => request('removeMatterFabric', { params }), texts.removed(name))
    // The button that was pressed is gone with the app.
    place.current?.focus()
  }
  return (
    <>
      <Switch
        status={status}
        isBusy={isBusy.value}
        turn={(on) => void run(() => request('setMatter', { body: { on } }))}
      />
      {isOpen(status) && <MatterCode />}
      {status.running && <Apps fabrics={status.fabrics} remove={remove} isBusy={isBusy.value} />}
      <p role="status" ref={place} tabIndex={-1} class={told.value.isFault ? 'failure' : ''}>
        {told.value.text}
      </p>
      {status.on && (
        <div class="buttons">
          {status.running && !isOpen(status) && (
            <button
              type="button"
              class="button"
              disabled={isBusy.value}
              onClick={() => void run(() => request('openMatter', {}), texts.opened)}
            >
              {texts.open}
            </button>
          )}
          <AskFirst
            action={texts.reset}
            question={texts.resetSure}
            isDisabled={isBusy.value}
            act={() => run(() => request('resetMatter', {}), texts.resetDone)}
          />
        </div>
      )}
    </>
  )
}

interface SwitchProps {
  readonly status: Matter
  readonly isBusy: boolean
  readonly turn: (on: boolean) => void
}

function Switch({ status, isBusy, turn }: SwitchProps) {
  const id = useId()
  const wanted = useSignal(status.on)
  const isFixed = status.source === 'environment'
  return (
    <>
      <div class="switch-row">
        <input
          id={id}
          type="checkbox"
          class="switch"
          checked={isBusy ? wanted.value : status.on}
          disabled={isFixed}
          aria-describedby={isFixed ? `${id}-hint` : undefined}
          onChange={({ currentTarget }) => {
            if (isBusy) currentTarget.checked = wanted.value
            else {
              wanted.value = currentTarget.checked
              turn(wanted.value)
            }
          }}
        />
        <label for={id}>{texts.switch}</label>
      </div>
      {isFixed && (
        <p id={`${id}-hint`} class="hint">
          {texts.fixed}
        </p>
      )}
    </>
  )
}

type Fabric = Matter['fabrics'][number]

interface AppsProps {
  readonly fabrics: readonly Fabric[]
  readonly remove?: (fabric: Fabric) => Promise<void>
  readonly isBusy?: boolean
}

function Apps({ fabrics, remove, isBusy = false }: AppsProps) {
  if (fabrics.length === 0) return <p class="quiet">{texts.nobody}</p>
  return (
    <>
      <h3>{texts.paired}</h3>
      <ul class="waiting">
        {fabrics.map((fabric) => (
          <li key={fabric.index}>
            <b class="token-name">
              <bdi>{fabric.name}</bdi>
            </b>
            {remove !== undefined && (
              <AskFirst
                action={texts.remove}
                label={texts.removeNamed(fabric.name)}
                question={texts.removeSure(fabric.name)}
                isDisabled={isBusy}
                act={() => remove(fabric)}
              />
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
