import { type Change, ended } from '../../delivery/change.ts'
import { confirmInto } from '../../delivery/delivery.ts'
import type { Draft } from '../../thermostat/draft.ts'
import { reportsEco } from '../../view/eco-state.ts'

/**
 * Confirms a `set_away` that was sent to a thermostat of transport v3 once the thermostat reports the eco
 * mode that it asks for. Such a thermostat never lists its structure (`V8`), so no version can show it.
 */
export function confirmAwayByEco(draft: Draft): void {
  const { device, now } = draft
  const structureKey = device?.structureKey ?? undefined
  if (structureKey === undefined || device?.polledPairing === null) return
  const isEco = reportsEco(draft.bucket(`device.${draft.serial}`)?.value ?? {})
  const reached = draft.openChanges.filter(
    (change) => change.objectKey === structureKey && asksForEco(change) === isEco,
  )
  if (reached.length === 0) return
  const confirmed = confirmInto(draft.bucket(structureKey), reached, structureKey)
  draft.putBucket(confirmed, 'the thermostat reports the eco mode')
  for (const change of reached) draft.saveChange(ended(change, 'confirmed', now, null))
}

/** What a `set_away` that was sent asks for; undefined for any other change. */
function asksForEco({ state, fields }: Change): boolean | undefined {
  const { manual_eco_all: eco } = fields
  return state === 'sent' && typeof eco === 'boolean' ? eco : undefined
}
