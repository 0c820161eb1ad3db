import { useSignal } from '@preact/signals'
import type { Answer } from '../../../api/endpoints.ts'
import { request } from '../../client/request.ts'
import { whenText } from '../../format/times.ts'
import { ChoiceField } from '../../parts/choice-field.tsx'
import { Copyable } from '../../parts/copyable.tsx'
import { Field } from '../../parts/field.tsx'
import { reasonOf, useAnswer } from '../../state/answer.ts'
import { nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { AskFirst } from './ask-first.tsx'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS

type Token = Answer<'listTokens'>['tokens'][number]
type Scope = Token['scope']
const SCOPES: readonly Scope[] = ['read', 'control', 'admin']

/** The tokens that let programs and browsers in. */
export function TokensSection() {
  return (
    <Panel title={texts.tokens}>
      <p>{texts.tokensWhy}</p>
      <OwnerOnly of="createToken">
        <Tokens />
      </OwnerOnly>
    </Panel>
  )
}

function Tokens() {
  const { asking, again } = useAnswer('listTokens', {})
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  const { tokens } = answer
  return (
    <>
      <ul class="waiting">
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} isLast={tokens.length === 1} again={again} />
        ))}
      </ul>
      <NewToken again={again} />
    </>
  )
}

interface TokenRowProps {
  readonly token: Token
  readonly isLast: boolean
  readonly again: () => Promise<void>
}

function TokenRow({ token, isLast, again }: TokenRowProps) {
  const failure = useSignal('')
  const revoke = async () => {
    try {
      await request('revokeToken', { params: { name: token.id } })
      await again()
    } catch (error) {
      failure.value = reasonOf(error)
    }
  }
  return (
    <li>
      <b class="token-name">
        <bdi>{token.name}</bdi>
      </b>
      <AskFirst
        action={texts.revoke}
        label={texts.revokeNamed(token.name)}
        question={texts.revokeSure(token.name)}
        warning={isLast ? texts.revokeLast : undefined}
        act={revoke}
      />
      <p class="hint">{factsOf(token, nowMs.value)}</p>
      <p role="status" class="failure">
        {failure.value}
      </p>
    </li>
  )
}

/** `read · made 3 Nov · last used 12:04`. */
function factsOf(token: Token, nowMs: number): string {
  const when = (text: string) => whenText(Date.parse(text), nowMs)
  const { scope, created_at: made, last_used_at: used, expires_at: ends } = token
  const facts = texts.tokenFacts(
    scope,
    when(made),
    used === null ? texts.unused : texts.used(when(used)),
  )
  return ends === null ? facts : facts + texts.expires(when(ends))
}

/** Makes a token, and shows it until the person has saved it. */
function NewToken({ again }: Pick<TokenRowProps, 'again'>) {
  const name = useSignal('')
  const scope = useSignal<Scope>('control')
  const made = useSignal<Answer<'createToken'> | undefined>(undefined)
  const failure = useSignal('')
  const create = async () => {
    if (name.value.trim() === '') {
      failure.value = texts.nameNeeded
      return
    }
    failure.value = ''
    try {
      const body = { name: name.value.trim(), scope: scope.value }
      made.value = await request('createToken', { body })
      name.value = ''
    } catch (error) {
      failure.value = reasonOf(error)
    }
  }
  if (made.value !== undefined) {
    const done = () => {
      made.value = undefined
      void again()
    }
    return (
      <div class="stack sure" role="status">
        <p>{texts.shownOnce(made.value.name)}</p>
        <Copyable text={made.value.token} label={made.value.name} />
        <div class="buttons">
          <button type="button" class="button" onClick={done}>
            {texts.done}
          </button>
        </div>
      </div>
    )
  }
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <div class="pair-of-fields">
        <Field label={texts.tokenName} value={name} hint={texts.tokenNameHint} />
        <ChoiceField
          label={texts.scope}
          value={scope}
          choices={SCOPES}
          names={texts.scopeChoices}
        />
      </div>
      <p role="status" class="failure">
        {failure.value}
      </p>
      <div class="buttons">
        <button type="submit" class="button main">
          {texts.create}
        </button>
      </div>
    </form>
  )
}
