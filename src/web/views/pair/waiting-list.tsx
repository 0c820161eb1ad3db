import type { Signal } from '@preact/signals'
import { useSignal } from '@preact/signals'
import type { Answer } from '../../../api/endpoints.ts'
import { request } from '../../client/request.ts'
import { clockText, whenText } from '../../format/times.ts'
import { type Asking, reasonOf } from '../../state/answer.ts'
import { access, nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'

const { pair: texts } = TEXTS
/** Anybody on the network can make thermostats up; more than these help nobody. */
const MAX_SHOWN = 10

type Waiting = Answer<'listWaiting'>

/** Which thermostats show a code, and which get none yet. */
export function WaitingList({ asking }: { readonly asking: Signal<Asking<Waiting>> }) {
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  const { waiting, held_back: heldBack } = answer
  const more = waiting.length - MAX_SHOWN
  return (
    <>
      {waiting.length === 0 ? (
        <Nobody />
      ) : (
        <ul class="waiting">
          {waiting.slice(0, MAX_SHOWN).map((each) => (
            <li key={each.serial}>
              <Called {...each} />
              <span class="hint">{texts.since(whenText(Date.parse(each.since), nowMs.value))}</span>
              {each.paired_anew && <p class="failure">{texts.pairedAnew}</p>}
              {!each.has_uploaded && <p class="hint">{texts.notUploaded}</p>}
            </li>
          ))}
          {more > 0 && <li class="hint">{texts.more(more)}</li>}
        </ul>
      )}
      {heldBack.length > 0 && (
        <>
          <h3>{texts.heldBack}</h3>
          <ul class="waiting">
            {heldBack.slice(0, MAX_SHOWN).map((each) => (
              <HeldBack key={each.serial} {...each} />
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function Nobody() {
  return (
    <>
      <p>{texts.nobody}</p>
      <p class="hint">
        {texts.noCode} <a href="#/add">{texts.noCodeLink}</a>
      </p>
    </>
  )
}

/** Names are the thermostat's own, and may be in any script. */
function Called({ serial, name }: { readonly serial: string; readonly name: string }) {
  return (
    <>
      <b>
        <bdi>{name}</bdi>
      </b>
      {name !== serial && <span class="hint figures">{serial}</span>}
    </>
  )
}

/** Something that asks for the code of a paired thermostat with another password. */
function HeldBack({ serial, name, code_at: codeAt }: Waiting['held_back'][number]) {
  const told = useSignal('')
  const atMs = Date.parse(codeAt)
  const giveCode = async () => {
    try {
      await request('repin', { params: { serial } })
      told.value = texts.givenCode
    } catch (error) {
      told.value = reasonOf(error)
    }
  }
  return (
    <li>
      <Called serial={serial} name={name} />
      <p class="failure">{atMs > nowMs.value ? texts.heldUntil(clockText(atMs)) : texts.heldNow}</p>
      <p>{texts.wasReset}</p>
      <button
        type="button"
        class="button"
        disabled={access.value?.scope !== 'admin'}
        onClick={() => void giveCode()}
      >
        {texts.giveCode}
      </button>
      <p class="hint" role="status">
        {access.value?.scope === 'admin' ? told.value : TEXTS.access.adminOnly}
      </p>
    </li>
  )
}
