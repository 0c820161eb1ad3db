import { useSignal } from '@preact/signals'
import { Copyable } from '../../parts/copyable.tsx'
import { TokenForm } from '../../parts/token-form.tsx'
import { reasonOf } from '../../state/answer.ts'
import { access } from '../../state/household.ts'
import { closeSession } from '../../state/sign-in.ts'
import { TEXTS } from '../../texts.ts'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS
const ADMIN_TOKEN = 'nle token create --name owner --scope admin'

/** What this person may do, and signing in and out. */
export function AccessSection() {
  const failure = useSignal('')
  if (access.value === undefined) return null
  const { scope, owner, by, needed, person } = access.value
  const signOut = async () => {
    try {
      await closeSession()
    } catch (error) {
      failure.value = reasonOf(error)
    }
  }
  return (
    <Panel title={texts.access}>
      <p>{owner ? texts.scopes.owner : texts.scopes[scope]}</p>
      {!needed && !owner && <p class="hint">{texts.everybody}</p>}
      {!owner && <p>{texts.ownerHow}</p>}
      {by === 'ingress' && <p class="hint">{texts.byHomeAssistant(person)}</p>}
      {by === 'session' && (
        <div class="buttons">
          <span class="hint">{texts.signedIn}</span>
          <button type="button" class="button" onClick={() => void signOut()}>
            {texts.signOut}
          </button>
        </div>
      )}
      {by !== 'ingress' && by !== 'session' && (
        <details class="more">
          <summary>{texts.signIn}</summary>
          <div class="stack">
            <TokenForm />
            <p class="hint">{texts.ownerToken}</p>
            <Copyable text={ADMIN_TOKEN} label={TEXTS.locked.command} />
            {!needed && <p class="failure">{texts.firstToken}</p>}
          </div>
        </details>
      )}
      <p role="status" class="failure">
        {failure.value}
      </p>
    </Panel>
  )
}
