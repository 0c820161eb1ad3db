import { Copyable } from '../../parts/copyable.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { addressDoubt } from './address-doubt.ts'

const { address: texts } = TEXTS

/** The address to enter on a thermostat: large, to be copied, and for a phone; and whether it can be right. */
export function AddressBox() {
  const { asking } = useAnswer('getConfig', {})
  const { answer, failure } = asking.value
  if (failure !== undefined && answer === undefined) return <p class="failure">{failure}</p>
  // The place is kept while the server is asked, so that nothing below it moves.
  const url = answer?.cloudregisterurl ?? ''
  return (
    <div class="address-box">
      <div class="stack">
        <Copyable text={url} label={texts.label} isLarge />
        {answer !== undefined && <Doubt url={url} />}
        <p class="hint">{texts.scanHint}</p>
      </div>
      <QrCode text={url} label={texts.scan} />
    </div>
  )
}

function Doubt({ url }: { readonly url: string }) {
  const found = addressDoubt(url, location.hostname)
  if (found === undefined) return null
  if (found.doubt === 'loopback') return <p class="failure">{texts.loopback}</p>
  const { doubt, host, likely } = found
  return (
    <>
      <p class={doubt === 'container' ? 'failure' : 'hint'}>{texts[doubt](host)}</p>
      <Copyable text={likely} label={texts.label} />
      <p class="hint">{texts.fix(new URL(likely).origin)}</p>
    </>
  )
}
