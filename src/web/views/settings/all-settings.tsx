import { useSignal } from '@preact/signals'
import { useAnswer } from '../../state/answer.ts'
import { access } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS

/** The settings that the server was started with. */
export function AllSettings() {
  const isOpen = useSignal(false)
  if (access.value?.scope !== 'admin') return null
  return (
    <Panel title={texts.all}>
      <p class="hint">{texts.allHow}</p>
      <details
        class="more"
        onToggle={({ currentTarget }) => {
          isOpen.value = currentTarget.open
        }}
      >
        <summary>{texts.allShow}</summary>
        {isOpen.value && <List />}
      </details>
    </Panel>
  )
}

function List() {
  const { asking } = useAnswer('getSettings', {})
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  return (
    <dl class="all-settings">
      <div>
        <dt>{texts.database}</dt>
        <dd>{answer.database}</dd>
      </div>
      {answer.settings.map(({ name, env, value, source }) => (
        <div key={name}>
          <dt>{env}</dt>
          <dd>
            {value || '–'}{' '}
            <span class="hint">
              {source === 'file' ? texts.sources.file(answer.file ?? '') : texts.sources[source]}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
