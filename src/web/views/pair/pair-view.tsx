import { useSignal } from '@preact/signals'
import { useEffect, useId, useMemo, useRef } from 'preact/hooks'
import { codeFault } from '../../../protocol/pairing/code-fault.ts'
import { AccessNote } from '../../parts/access-note.tsx'
import { SecondsLeft } from '../../parts/seconds-left.tsx'
import { linkTo } from '../../route.ts'
import { useAnswer } from '../../state/answer.ts'
import { mayControl } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { codeHint } from './code-hint.ts'
import { PairState, type PairStep } from './pair-state.ts'
import { WaitingList } from './waiting-list.tsx'

const { pair: texts } = TEXTS
/** A thermostat that gets its code now is seen soon. */
const LOOK_MS = 3_000
const EXAMPLE = 'A3X-R7M4'

export function PairView() {
  return (
    <>
      <h1>{texts.title}</h1>
      <AccessNote />
      <PairPanels />
    </>
  )
}

/** Who waits to be paired, where the code is, and the field for it. */
export function PairPanels() {
  const pairing = useMemo(() => new PairState(), [])
  useEffect(() => () => pairing.stop(), [])
  const { asking } = useAnswer('listWaiting', { query: { limit: 50 } }, LOOK_MS)
  const { step } = pairing
  return (
    <div class="pair-panels">
      <section class="panel stack" aria-label={texts.title}>
        {'serial' in step.value ? (
          <Claimed step={step.value} startAnew={() => pairing.startAnew()} />
        ) : (
          <>
            <Where />
            <CodeForm step={step.value} pair={(typed) => void pairing.pair(typed)} />
          </>
        )}
      </section>
      <section class="panel stack" aria-labelledby="waiting">
        <h2 id="waiting">{texts.waiting}</h2>
        <WaitingList asking={asking} />
      </section>
    </div>
  )
}

function Where() {
  return (
    <>
      <h2>{texts.where}</h2>
      <ol class="path">
        {texts.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p class="hint">{texts.looks(EXAMPLE)}</p>
    </>
  )
}

interface CodeFormProps {
  readonly step: Exclude<PairStep, { serial: string }>
  readonly pair: (typed: string) => void
}

function CodeForm({ step, pair }: CodeFormProps) {
  const id = useId()
  const typed = useSignal('')
  const isDone = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  /** A refusal counts until something else is typed. */
  const isAnswered = useSignal(false)
  const submit = () => {
    isDone.value = true
    isAnswered.value = true
    if (codeFault(typed.value) === undefined) pair(typed.value)
    field.current?.focus()
  }
  const hint = codeHint(typed.value, isDone.value)
  const isRefused = isAnswered.value && step.step === 'refused'
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div class="form-field">
        <label for={id}>{texts.code}</label>
        <div class="code-row">
          <input
            ref={field}
            id={id}
            class="field code"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            disabled={!mayControl()}
            aria-invalid={hint.isFault || isRefused}
            aria-describedby={`${id}-hint`}
            value={typed.value}
            onInput={({ currentTarget }) => {
              typed.value = currentTarget.value
              isDone.value = false
              isAnswered.value = false
            }}
          />
          <button
            type="submit"
            class="button main"
            disabled={!mayControl() || step.step === 'checking' || step.step === 'waiting'}
          >
            {texts.pair}
          </button>
        </div>
      </div>
      <p
        id={`${id}-hint`}
        class={hint.isFault || isRefused ? 'code-hint failure' : 'code-hint hint'}
        role="status"
      >
        <HintText step={step} isAnswered={isAnswered.value} hint={hint.text} />
      </p>
    </form>
  )
}

interface HintTextProps {
  readonly step: CodeFormProps['step']
  readonly isAnswered: boolean
  readonly hint: string
}

function HintText({ step, isAnswered, hint }: HintTextProps) {
  if (step.step === 'checking') return <>{texts.checking}</>
  if (step.step === 'waiting') return <SecondsLeft untilMs={step.untilMs} text={texts.tooMany} />
  return <>{isAnswered && step.step === 'refused' ? step.why : hint}</>
}

interface ClaimedProps {
  readonly step: Extract<PairStep, { serial: string }>
  readonly startAnew: () => void
}

/** The code is taken: what the thermostat says to it, and the way to its card. */
function Claimed({ step: { step, serial, name }, startAnew }: ClaimedProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  // The field that had the focus is gone.
  useEffect(() => heading.current?.focus(), [])
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        <bdi>{name}</bdi>
      </h2>
      <p role="status" class={step === 'confirmed' ? 'confirmed' : ''}>
        {step === 'confirmed' && (
          <>
            <bdi>{name}</bdi> {texts.paired}
          </>
        )}
        {step === 'taken' && texts.taken}
        {step === 'slow' && texts.slow}
      </p>
      <div class="buttons">
        {step === 'confirmed' && (
          <a class="button main" href={linkTo({ view: 'device', serial })}>
            {texts.show}
          </a>
        )}
        <button type="button" class="button" onClick={startAnew}>
          {texts.another}
        </button>
      </div>
    </>
  )
}
