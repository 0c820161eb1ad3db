import { EVERY_THERMOSTAT } from '../../protocol/commands/set-name.ts'
import { UNPRINTABLE } from '../../protocol/input.ts'
import { DAY_WORDS } from '../../protocol/schedule/days.ts'
import type { Named } from '../client/find-device.ts'
import { nextWords, type Suggestion } from '../set/next-words.ts'

/** The words that completions offer for an argument, where they depend on the home or on the words before. */

/** A thermostat that may be offered. */
export interface Offered extends Named {
  readonly isPaired: boolean
}

/** Where the word stands that is to be completed. */
export interface ArgumentPlace {
  /** The verb, without the program's name: `schedule set`. */
  readonly verb: string
  /** The name of the argument. */
  readonly argument: string
  /** The arguments before it. */
  readonly before: readonly string[]
  /** What is typed of it. */
  readonly current: string
}

/** Verbs that are for thermostats without an owner, too. */
const FOR_UNPAIRED = ['buckets', 'dismiss', 'repin']

type Words = (place: ArgumentPlace, devices: readonly Offered[]) => Suggestion[]

/** By the name of the argument. */
const WORDS: Readonly<Record<string, Words>> = {
  device: deviceWords,
  what: ({ before, current }) => nextWords(before.length > 1 ? before.at(-1) : undefined, current),
  days: dayWords,
  from: ({ current }) => dayWords({ current }),
  // Times and temperatures follow the first word.
  'days-or-file': ({ before, current }) => (before.length > 1 ? [] : dayWords({ current })),
}

/** Whether an argument of this name has words here. */
export function asksForWords(argument: string): boolean {
  return Object.hasOwn(WORDS, argument)
}

/** Whether the words for an argument depend on the thermostats. */
export function needsDevices(argument: string): boolean {
  return argument === 'device'
}

/** The words for a place that begin with what is typed, in any case. */
export function wordsFor(place: ArgumentPlace, devices: readonly Offered[]): Suggestion[] {
  const words = Object.hasOwn(WORDS, place.argument) ? WORDS[place.argument] : undefined
  const typed = place.current.toLowerCase()
  return (words?.(place, devices) ?? []).filter(({ word }) => word.toLowerCase().startsWith(typed))
}

function deviceWords({ verb, current }: ArgumentPlace, devices: readonly Offered[]): Suggestion[] {
  const shown = devices.filter(({ isPaired }) => isPaired || FOR_UNPAIRED.includes(verb))
  const words = shown.map((device): Suggestion => {
    const { name, serial } = device
    return isTypeable(device, shown) ? { word: name, about: serial } : { word: serial }
  })
  // A person who begins with the serial means the serial.
  const typed = current.toUpperCase()
  const bySerial = shown.filter(({ serial }) => typed !== '' && serial.startsWith(typed))
  words.push(...bySerial.map(({ serial, name }) => ({ word: serial, about: safe(name) })))
  if (verb === 'set') words.push({ word: EVERY_THERMOSTAT, about: 'every paired thermostat' })
  return words
}

/** Whether a name can be typed, means this thermostat alone, and is no option. */
function isTypeable({ name, serial }: Named, devices: readonly Named[]): boolean {
  const same = (other: Named): boolean =>
    other.serial !== serial && other.name.trim().toUpperCase() === name.trim().toUpperCase()
  return name.trim() === name && /^[^-]/.test(name) && safe(name) === name && !devices.some(same)
}

/** A name without characters that would be more than text on a terminal. */
function safe(name: string): string {
  return name.replace(UNPRINTABLE, '?')
}

/** `mon,tue`: the last of the days. */
function dayWords({ current }: Pick<ArgumentPlace, 'current'>): Suggestion[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1)
  return DAY_WORDS.map((day) => ({ word: before + day }))
}
