import { type Bucket, isObject, type JsonObject } from '../bucket.ts'
import type { GivenName } from '../thermostat/state.ts'

/** Seconds east of UTC at an instant, ms since epoch. */
export type OffsetAt = (atMs: number) => number

/** What the weather service told on its way to the thermostat. */
export interface OutdoorWeather {
  readonly celsius: number
  /** After this time it is no longer shown, ms. */
  readonly staleInMs: number
}

/** What a running server knows beside the thermostat's data. */
export interface Surroundings {
  /** The weather at its place; undefined when nothing fresh is known. */
  readonly outdoor?: OutdoorWeather | undefined
  /** The server's own offset from UTC. */
  readonly localOffsetS?: OffsetAt
}

/**
 * One thermostat as a reader sees it: its data overlaid with the changes on their way (`D7`), at one
 * instant.
 */
export interface DeviceView extends Surroundings {
  readonly serial: string
  /** Wall clock, ms since epoch. */
  readonly nowMs: number
  /** The name that a person gave it here. */
  readonly givenName: GivenName | null
  /** Whether it has put both `shared` and `device`; a change on its way is no upload. */
  readonly hasUploaded: boolean
  readonly shared: JsonObject
  readonly device: JsonObject
  readonly structure: JsonObject
  /** Object key of the structure bucket it uses (`P10`). */
  readonly structureKey: string
  readonly schedule: Bucket | undefined
  /** Values of its `where` buckets by object key: the names of rooms. */
  readonly where: Readonly<Record<string, JsonObject>>
}

/** What is wired where neither `shared` nor `device` says so. */
export const ASSUMED_CAPABILITIES = {
  can_heat: true,
  can_cool: true,
  has_fan: false,
  has_emer_heat: false,
  has_humidifier: false,
  has_dehumidifier: false,
}

const CAPABILITIES = Object.keys(ASSUMED_CAPABILITIES) as (keyof Capabilities)[]

export type Capabilities = Readonly<typeof ASSUMED_CAPABILITIES>

/** What is wired, as `shared` says, else `device`. */
export function capabilities({ shared, device }: DeviceView): Capabilities {
  const able = { ...ASSUMED_CAPABILITIES }
  for (const field of CAPABILITIES) {
    const told = typeof shared[field] === 'boolean' ? shared[field] : device[field]
    if (typeof told === 'boolean') able[field] = told
  }
  return able
}

/** What may run, by its name in a status: the field that says so, and its bucket. */
export const HVAC_FIELDS = {
  heater: ['shared', 'hvac_heater_state'],
  heat_x2: ['shared', 'hvac_heat_x2_state'],
  heat_x3: ['shared', 'hvac_heat_x3_state'],
  ac: ['shared', 'hvac_ac_state'],
  cool_x2: ['shared', 'hvac_cool_x2_state'],
  cool_x3: ['shared', 'hvac_cool_x3_state'],
  fan: ['shared', 'hvac_fan_state'],
  aux_heat: ['shared', 'hvac_aux_heater_state'],
  emer_heat: ['shared', 'hvac_emer_heat_state'],
  alt_heat: ['shared', 'hvac_alt_heat_state'],
  humidifier: ['device', 'humidifier_state'],
  dehumidifier: ['device', 'dehumidifier_state'],
  auto_dehum: ['device', 'auto_dehum_state'],
  fan_cooling: ['device', 'fan_cooling_state'],
} as const

/** Rooms whose id is the same for every Nest account: the last two digits of `where_id`. */
const WHERE_PREFIX = '00000000-0000-0000-0000-0001000000'
const FIXED_ROOMS: ReadonlyMap<string, string> = new Map([
  ['00', 'Entryway'],
  ['01', 'Basement'],
  ['02', 'Hallway'],
  ['03', 'Den'],
  ['04', 'Attic'],
  ['05', 'Master Bedroom'],
  ['06', 'Downstairs'],
  ['07', 'Garage'],
  ['09', 'Bathroom'],
  ['0a', 'Kitchen'],
  ['0b', 'Family Room'],
  ['0c', 'Living Room'],
  ['0d', 'Bedroom'],
  ['0e', 'Office'],
  ['0f', 'Upstairs'],
  ['10', 'Dining Room'],
])

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** The name a `where` bucket (`{"wheres":[{"where_id","name"}…]}`) has for a room. */
function roomIn(where: JsonObject, whereId: string): string | undefined {
  if (!Array.isArray(where.wheres)) return undefined
  const room = where.wheres.find((one) => isObject(one) && text(one.where_id) === whereId)
  return isObject(room) ? text(room.name) : undefined
}

function roomOf(view: DeviceView): string | undefined {
  const whereId = text(view.device.where_id)
  if (whereId === undefined) return undefined
  for (const where of Object.values(view.where)) {
    const name = roomIn(where, whereId)
    if (name !== undefined) return name
  }
  return whereId.startsWith(WHERE_PREFIX)
    ? FIXED_ROOMS.get(whereId.slice(WHERE_PREFIX.length).toLowerCase())
    : undefined
}

/** The name that people see (section 9): the one given here, the label, the name, the room, else the serial. */
export function deviceName(view: DeviceView): string {
  const { givenName, shared, serial } = view
  return givenName?.name ?? text(shared.label) ?? text(shared.name) ?? roomOf(view) ?? serial
}
