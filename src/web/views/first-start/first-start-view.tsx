import { useEffect, useRef } from 'preact/hooks'
import { AccessNote } from '../../parts/access-note.tsx'
import { FIRST_STEPS, type FirstStep, linkTo } from '../../route.ts'
import { useAnswer } from '../../state/answer.ts'
import { thermostats } from '../../state/household.ts'
import { personKey } from '../../state/permission.ts'
import { TEXTS } from '../../texts.ts'
import { AddressBox } from '../add/address-box.tsx'
import { PairPanels } from '../pair/pair-view.tsx'
import { MatterSection } from '../settings/matter-section.tsx'
import { MqttSection } from '../settings/mqtt-section.tsx'
import { NotifySection } from '../settings/notify-section.tsx'

const { first: texts } = TEXTS
const LOOK_MS = 5_000

interface FirstStartProps {
  readonly step: FirstStep
}

/**
 * The first start, one step after the other. The address of the page has the step, so that it is still there after
 * the page was loaded again, and the browser goes back to the one before.
 */
export function FirstStartView({ step }: FirstStartProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = useRef(step)
  // The link that was followed stays where it was; what is new begins here.
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus()
    shown.current = step
  }, [step])
  return (
    <>
      <Steps current={step} />
      <h1 ref={heading} tabIndex={-1}>
        {texts.titles[step]}
      </h1>
      {step !== 'thermostat' && (
        <p class="quiet">{step === 'address' ? texts.for : texts.optional}</p>
      )}
      <AccessNote />
      <div class="stack first" key={`${step} ${personKey()}`}>
        <Content step={step} />
        <Ways step={step} />
      </div>
    </>
  )
}

/** Every step, and which one this is. */
function Steps({ current }: { readonly current: FirstStep }) {
  return (
    <nav aria-label={texts.steps}>
      <ol class="first-steps">
        {FIRST_STEPS.map((step) => (
          <li key={step}>
            <a
              href={linkTo({ view: 'setup', step })}
              aria-current={step === current ? 'step' : undefined}
            >
              {texts.short[step]}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Content({ step }: FirstStartProps) {
  switch (step) {
    case 'address':
      return <Address />
    case 'thermostat':
      return <PairPanels />
    case 'mqtt':
      return <MqttSection />
    case 'matter':
      return <MatterSection />
    case 'notify':
      return <NotifySection />
  }
}

/** What to enter at the thermostat, and whether one has come. */
function Address() {
  const { asking } = useAnswer('listWaiting', { query: { limit: 50 } }, LOOK_MS)
  const waiting = asking.value.answer?.waiting.length ?? 0
  return (
    <section class="panel stack" aria-labelledby="tell">
      <h2 id="tell">{texts.server}</h2>
      <p>{texts.serverHow}</p>
      <AddressBox />
      <div class="buttons">
        <a class="button" href="#/add">
          {texts.find}
        </a>
      </div>
      <p role="status" class="confirmed">
        {waiting > 0 && texts.waits(waiting)}
      </p>
      {waiting > 0 && (
        <p>
          <a href={linkTo({ view: 'setup', step: 'thermostat' })}>{texts.pair}</a>
        </p>
      )}
      <details class="more">
        <summary>{texts.moving}</summary>
        <p>{texts.movingHow}</p>
        <code class="command">{texts.movingCommand}</code>
      </details>
    </section>
  )
}

/** Back, and on: a step that may be left undone says so. */
function Ways({ step }: FirstStartProps) {
  const at = FIRST_STEPS.indexOf(step)
  const before = FIRST_STEPS[at - 1]
  const after = FIRST_STEPS[at + 1]
  const isPaired = [...thermostats.value.values()].some(({ owner }) => owner !== null)
  const isLeft = step === 'thermostat' && !isPaired
  return (
    <div class="buttons">
      {before !== undefined && (
        <a class="button" href={linkTo({ view: 'setup', step: before })}>
          {texts.back}
        </a>
      )}
      <a
        class={isLeft ? 'button' : 'button main'}
        href={linkTo(after === undefined ? { view: 'home' } : { view: 'setup', step: after })}
      >
        {after === undefined ? texts.done : isLeft ? texts.skip : texts.next}
      </a>
    </div>
  )
}
