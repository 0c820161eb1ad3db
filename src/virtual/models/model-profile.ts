import { NleError } from '../../errors.ts'
import type { Profile } from '../device/profile.ts'
import { FIRMWARE_BUILDS } from './firmware-builds.ts'
import { KINDS } from './kinds.ts'

/** The versions that `--firmware` takes. */
export const FIRMWARE_VERSIONS: readonly string[] = Object.keys(FIRMWARE_BUILDS)
/** The names that `--kind` takes. */
export const KIND_NAMES: readonly string[] = Object.keys(KINDS)

/** Which thermostat to be. */
export interface Model {
  readonly firmware?: string | undefined
  readonly kind?: string | undefined
}

export const DEFAULT_MODEL = { firmware: '5.9.4', kind: 'heat-cool' } as const

/**
 * The part of a profile that a firmware version and a kind of heating and cooling decide.
 *
 * @throws NleError `invalid` for an unknown version or kind, with the list of those that are known
 */
export function modelProfile(model: Model): Partial<Profile> {
  const { firmware = DEFAULT_MODEL.firmware, kind = DEFAULT_MODEL.kind } = model
  const build: Partial<Profile> = lookUp(FIRMWARE_BUILDS, firmware, 'firmware')
  const equipment: Partial<Profile> = lookUp(KINDS, kind, 'kind')
  return {
    ...build,
    ...equipment,
    deviceFields: { ...build.deviceFields, ...equipment.deviceFields },
  }
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found !== undefined) return found
  const known = Object.keys(table).join(', ')
  throw new NleError('invalid', `There is no virtual ${what} "${name}": use one of ${known}.`)
}
