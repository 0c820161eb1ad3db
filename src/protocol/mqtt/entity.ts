import type { JsonObject, JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'

/** The kinds of entities of Home Assistant that a thermostat appears as, beside `climate`. */
export type Component =
  | 'sensor'
  | 'binary_sensor'
  | 'number'
  | 'select'
  | 'switch'
  | 'button'
  | 'event'

/** What a message on a command topic asks for. */
export type Instruction =
  | { readonly type: 'command'; readonly command: string; readonly value: JsonValue }
  | { readonly type: 'dismissPairing' }

/** One entity: where it is, what it says, and what is done when somebody sets it. */
export interface Entity {
  readonly component: Component
  /** Its part of the discovery topic, and the end of its unique id. */
  readonly object: string
  /** Name of its `ha/…` topic; the same as `object` where it is not given. */
  readonly topic?: string
  readonly name: string
  /** Whether this thermostat has it. */
  has(view: DeviceView): boolean
  /** What is on its topic; undefined when nothing is known, or when another entity says it. */
  state?(view: DeviceView): string | undefined
  /** What its configuration says beyond what all have. */
  readonly config: JsonObject | ((view: DeviceView) => JsonObject)
  /**
   * What a payload on its command topic asks for.
   *
   * @throws NleError `invalid` for a payload that says nothing
   */
  command?(payload: string, view: DeviceView): readonly Instruction[]
}

export function topicOf({ object, topic }: Entity): string {
  return topic ?? object
}

export function command(name: string, value: JsonValue): Instruction {
  return { type: 'command', command: name, value }
}

export const DIAGNOSTIC: JsonObject = { entity_category: 'diagnostic' }
export const CONFIG: JsonObject = { entity_category: 'config' }
