import type { JsonObject, JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'

/** The kinds of Home Assistant entities that a thermostat has, beside `climate`. */
type Component = 'sensor' | 'binary_sensor' | 'number' | 'select' | 'switch' | 'button' | 'event'

/** What the server does for a message on a command topic. */
export type Instruction =
  | { readonly type: 'command'; readonly command: string; readonly value: JsonValue }
  | { readonly type: 'dismissPairing' }

/** One entity: its topics, its state, and its commands. */
export interface Entity {
  readonly component: Component
  /** The object id in its discovery topic, and the end of its unique id. */
  readonly object: string
  /** Name of its `ha/…` topic. */
  readonly topic: string
  readonly name: string
  /** Whether this thermostat has it; when absent, it does while the state is known. */
  has?(view: DeviceView): boolean
  /** The payload of its topic; undefined when nothing is known. */
  state?(view: DeviceView): string | undefined
  /** The fields of its configuration beyond those that all entities have. */
  readonly config: JsonObject | ((view: DeviceView) => JsonObject)
  /** The instructions for a payload on its command topic. @throws NleError `invalid` */
  command?(payload: string, view: DeviceView): readonly Instruction[]
}

export function isThere({ has, state }: Entity, view: DeviceView): boolean {
  return has === undefined ? state?.(view) !== undefined : has(view)
}

export function named(component: Component, object: string, name: string, topic = object) {
  return { component, object, topic, name }
}

export function command(name: string, value: JsonValue): Instruction {
  return { type: 'command', command: name, value }
}

export const DIAGNOSTIC: JsonObject = { entity_category: 'diagnostic' }
export const CONFIG: JsonObject = { entity_category: 'config' }

/** The limits of a number entity. */
export interface Limits {
  readonly min: number
  readonly max: number
}

/**
 * The limits, widened to the value of now: thermostats set to Fahrenheit report 4.44 (40 °F), and Home
 * Assistant does not show a value out of bounds.
 */
export function shownLimits({ min, max }: Limits, value: unknown, step: number): Limits {
  if (typeof value !== 'number') return { min, max }
  return {
    min: Math.min(min, Math.floor(value / step) * step),
    max: Math.max(max, Math.ceil(value / step) * step),
  }
}
