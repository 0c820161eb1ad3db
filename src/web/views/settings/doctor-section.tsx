import type { Answer } from '../../../api/endpoints.ts'
import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { sortedFindings } from './doctor-rules.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS

/** What `nle doctor` says. */
export function DoctorSection() {
  return (
    <Panel title={texts.doctor}>
      <OwnerOnly of="getDoctor">
        <Doctor />
      </OwnerOnly>
    </Panel>
  )
}

function Doctor() {
  const { asking, again } = useAnswer('getDoctor', {})
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? texts.doctorLooking}</p>
  const { worse, well } = sortedFindings(answer.findings)
  return (
    <>
      {worse.length === 0 && <p class="confirmed">{texts.doctorWell}</p>}
      <ul class="findings">
        {worse.map((each) => (
          <Finding key={each.title + each.text} {...each} />
        ))}
      </ul>
      <details class="more">
        <summary>{texts.wellList(well.length)}</summary>
        <ul class="findings">
          {well.map((each) => (
            <Finding key={each.title + each.text} {...each} />
          ))}
        </ul>
      </details>
      <div class="buttons">
        <button type="button" class="button" onClick={() => void again()}>
          {texts.doctorAgain}
        </button>
        {failure !== undefined && <span class="failure">{failure}</span>}
      </div>
    </>
  )
}

function Finding({ level, title, text, todo }: Answer<'getDoctor'>['findings'][number]) {
  return (
    <li class={level}>
      <span class="level">{texts.levels[level]}</span>
      <div>
        <p>
          <b>{title}</b>: {text}
        </p>
        {todo !== null && <p class="hint">{todo}</p>}
      </div>
    </li>
  )
}
