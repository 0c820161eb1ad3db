import { BridgedDeviceBasicInformationServer } from '@matter/main/behaviors/bridged-device-basic-information'
import { hasRemoteActor } from '@matter/main/protocol'
import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'

export const Bridged = BridgedDeviceBasicInformationServer

/** The longest texts that Matter takes. */
const MAX_LABEL = 32
const MAX_VERSION = 64

/** What Matter shows about the thermostat behind an endpoint. */
export function aboutThermostat(status: BridgedStatus, suffix = '') {
  const { serial, name, model, software_version: version, is_available: reachable } = status
  return {
    vendorName: 'Nest',
    productName: shortened(model ?? 'Learning Thermostat', MAX_LABEL),
    nodeLabel: shortened(suffix === '' ? name : withSuffix(name, suffix), MAX_LABEL),
    serialNumber: serial,
    uniqueId: shortened(`nle-${serial}-${suffix.replaceAll(' ', '')}`, MAX_LABEL),
    ...(version === null || version === ''
      ? {}
      : { softwareVersionString: shortened(version, MAX_VERSION) }),
    reachable,
  }
}

/** A long name loses its end, not the word that tells the endpoints of one thermostat apart. */
function withSuffix(name: string, suffix: string): string {
  return `${shortened(name, MAX_LABEL - suffix.length - 1)} ${suffix}`
}

function shortened(text: string, length: number): string {
  return [...text].slice(0, length).join('')
}

/** Whether a controller wrote a value, not nle. */
export function isRemote(context: unknown): boolean {
  return context !== undefined && hasRemoteActor(context as never)
}
