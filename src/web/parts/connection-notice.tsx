import { whenText } from '../format/times.ts'
import { connection, nowMs } from '../state/household.ts'
import { goneSinceMs, health, isLongGone, isRenewed } from '../state/server-health.ts'
import { TEXTS } from '../texts.ts'
import { Copyable } from './copyable.tsx'

const { shell: texts } = TEXTS

/** Says what stands between the page and the server, or that the server is not well. */
export function ConnectionNotice() {
  if (connection.value === 'gone') return <Gone />
  const reason = health.value?.reason
  if (reason !== undefined) {
    return (
      <p class="notice" role="alert">
        {texts.troubled(reason)}
      </p>
    )
  }
  if (!isRenewed.value) return null
  return (
    <div class="notice" role="status">
      <p>{texts.renewed}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        {texts.renew}
      </button>
    </div>
  )
}

function Gone() {
  if (!isLongGone.value) {
    return (
      <p class="notice" role="alert">
        {texts.gone}
      </p>
    )
  }
  return (
    <div class="notice stack" role="alert">
      <p>{texts.goneLong(whenText(goneSinceMs.value ?? nowMs.value, nowMs.value))}</p>
      <Copyable text="nle doctor" label="nle doctor" />
    </div>
  )
}
