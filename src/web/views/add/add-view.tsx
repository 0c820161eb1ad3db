import { useSignal } from '@preact/signals'
import type { Answer } from '../../../api/endpoints.ts'
import { parseSubnet } from '../../../protocol/lan/addresses.ts'
import { request } from '../../client/request.ts'
import { Field } from '../../parts/field.tsx'
import { reasonOf } from '../../state/answer.ts'
import { access } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { AddressBox } from './address-box.tsx'
import { FoundOne } from './found-one.tsx'

const { add: texts } = TEXTS

/** Finds thermostats on the home network and points them here, or says what to enter by hand. */
export function AddView() {
  return (
    <>
      <h1>{texts.title}</h1>
      <section class="panel stack" aria-labelledby="scan">
        <h2 id="scan">{texts.look}</h2>
        {access.value?.scope === 'admin' ? <Scan /> : <p>{texts.needsAdmin}</p>}
      </section>
      <section class="panel stack" aria-labelledby="by-hand">
        <h2 id="by-hand">{texts.byHand}</h2>
        <p>{texts.byHandWhere}</p>
        <AddressBox />
      </section>
    </>
  )
}

type Found = Answer<'scanNetwork'>

function Scan() {
  const isLooking = useSignal(false)
  const found = useSignal<Found | undefined>(undefined)
  const failure = useSignal('')
  const network = useSignal('')
  const look = async () => {
    const subnet = network.value.trim()
    failure.value = ''
    if (subnet !== '' && parseSubnet(subnet) === undefined) {
      failure.value = texts.noNetwork
      return
    }
    isLooking.value = true
    try {
      found.value = await request('scanNetwork', { body: subnet === '' ? {} : { subnet } })
    } catch (error) {
      failure.value = reasonOf(error)
    }
    isLooking.value = false
  }
  return (
    <>
      <p>{texts.intro}</p>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void look()
        }}
      >
        <div class="buttons">
          <button type="submit" class="button main" disabled={isLooking.value}>
            {found.value === undefined ? texts.look : texts.lookAgain}
          </button>
          {isLooking.value && <progress class="looking" aria-label={texts.progress} />}
        </div>
        <details class="more">
          <summary>{texts.another}</summary>
          <Field label={texts.network} value={network} hint={texts.networkHint} />
        </details>
      </form>
      <p role="status" class={failure.value === '' ? 'hint' : 'failure'}>
        {isLooking.value ? texts.looking : failure.value || resultText(found.value)}
      </p>
      {found.value !== undefined && (
        <ul class="found">
          {found.value.devices.map((each) => (
            <FoundOne key={each.ip} found={each} />
          ))}
        </ul>
      )}
    </>
  )
}

function resultText(found: Found | undefined): string {
  if (found === undefined) return ''
  const { devices, subnet } = found
  return devices.length === 0 ? texts.none(subnet) : texts.found(devices.length, subnet)
}
