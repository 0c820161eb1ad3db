import { DEVICE_SETTINGS } from '../../protocol/commands/device-settings.ts'
import {
  ALIASES,
  ALONE,
  isProperty,
  MODES,
  OTHER_MODES,
  PROPERTIES,
  type Property,
} from './words.ts'

/** A word to offer, and what it stands for. */
export interface Suggestion {
  readonly word: string
  readonly about?: string
}

const SWITCH = ['on', 'off']
const STEPS = ['0.5', '1', '2']

/** What is offered after each property; a temperature is anybody's own. */
const VALUES: Readonly<Partial<Record<Property, readonly string[]>>> = {
  warmer: STEPS,
  cooler: STEPS,
  mode: MODES,
  away: SWITCH,
  eco: SWITCH,
  fan: ['on', 'auto', '15m', '45m', '2h'],
}

/** What a phrase may begin with: the words of other systems are understood, but not offered. */
const BEGINNINGS = [
  ...Object.keys(ALONE).filter((word) => !OTHER_MODES.includes(word)),
  ...PROPERTIES,
]

/** Properties that take a value of their own; `away` and `eco` also stand alone. */
const MAY_STAND_ALONE: readonly Property[] = ['away', 'eco']

/**
 * The words that may come next on the line of `nle set`, for completion.
 *
 * @param previous - the word before; undefined at the beginning
 * @param current - what is typed of the next one
 */
export function nextWords(previous: string | undefined, current: string): Suggestion[] {
  const name = previous?.toLowerCase() ?? ''
  const property = ALIASES[name] ?? name
  const follows = property === 'setting' || name.includes('=')
  if (follows && current.includes('=')) return settingValues(current)
  if (property === 'setting') {
    return Object.entries(DEVICE_SETTINGS).map(([key, { label }]) => ({
      word: `${key}=`,
      about: label,
    }))
  }
  const values = isProperty(property) ? (VALUES[property] ?? []) : []
  const isComplete = !isProperty(property) || MAY_STAND_ALONE.includes(property)
  const phrases = isComplete ? BEGINNINGS : []
  return [...new Set([...values, ...phrases])].map((word) => ({ word }))
}

/** `temperature_lock=on`: the key that is typed, with each value that can be named. */
function settingValues(current: string): Suggestion[] {
  const key = current.slice(0, current.indexOf('='))
  const setting = Object.hasOwn(DEVICE_SETTINGS, key) ? DEVICE_SETTINGS[key] : undefined
  const values =
    setting?.type === 'boolean' ? SWITCH : setting?.type === 'enum' ? setting.values : []
  return values.map((value) => ({ word: `${key}=${value}` }))
}
