import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { AddressBox } from '../add/address-box.tsx'

const { first: texts } = TEXTS
const LOOK_MS = 5_000

/** There is no thermostat yet: what to do, step by step. It gives way to the home once there is one. */
export function FirstStartView() {
  const { asking } = useAnswer('listWaiting', { query: { limit: 50 } }, LOOK_MS)
  const waiting = asking.value.answer?.waiting.length ?? 0
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="quiet">{texts.for}</p>
      <ol class="first">
        <li class="panel stack">
          <h2>{texts.server}</h2>
          <p>{texts.serverHow}</p>
          <AddressBox />
          <div class="buttons">
            <a class="button" href="#/add">
              {texts.find}
            </a>
          </div>
        </li>
        <li class="panel stack">
          <h2>{texts.code}</h2>
          <p>{texts.codeHow}</p>
          <p role="status" class="confirmed">
            {waiting > 0 && texts.waits(waiting)}
          </p>
          <div class="buttons">
            <a class={waiting > 0 ? 'button main' : 'button'} href="#/pair">
              {texts.pair}
            </a>
          </div>
        </li>
      </ol>
    </>
  )
}
