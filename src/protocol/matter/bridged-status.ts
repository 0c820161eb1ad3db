/** What a Matter bridge reads in a status of the control API. Temperatures are °C. */
export interface BridgedStatus {
  readonly serial: string
  readonly name: string
  readonly model: string | null
  readonly software_version: string | null
  readonly owner: string | null
  readonly has_uploaded: boolean
  readonly is_available: boolean
  readonly current_temperature: number | null
  readonly target_temperature: number | null
  readonly target_temperature_low: number | null
  readonly target_temperature_high: number | null
  readonly humidity: number | null
  readonly mode: string | null
  readonly hvac: Readonly<Record<string, boolean>>
  readonly fan_timer_active: boolean
  /** Unix s; 0 for none. */
  readonly fan_timer_timeout: number
  readonly eco_mode: string | null
  readonly eco_temperatures: { readonly low: number | null; readonly high: number | null }
  readonly away: boolean
  readonly capabilities: {
    readonly can_heat: boolean
    readonly can_cool: boolean
    readonly has_fan: boolean
  }
  readonly hot_water: {
    readonly active: boolean | null
    readonly mode: string | null
    /** Unix s; 0 for none. */
    readonly boost_until: number
  } | null
}

/** What a thermostat is to Matter. Another set of features is another kind of endpoint. */
export interface Features {
  readonly heating: boolean
  readonly cooling: boolean
  readonly fan: boolean
  readonly humidity: boolean
  readonly hotWater: boolean
}

/** Whether a thermostat is paired and has reported what it is. */
export function isBridged({ owner, has_uploaded, capabilities }: BridgedStatus): boolean {
  const { can_heat, can_cool } = capabilities
  // Matter has no thermostat that can do neither.
  return owner !== null && has_uploaded && (can_heat || can_cool)
}

export function featuresOf({ capabilities, humidity, hot_water }: BridgedStatus): Features {
  return {
    heating: capabilities.can_heat,
    cooling: capabilities.can_cool,
    fan: capabilities.has_fan,
    // A humidity that was not reported reads as zero.
    humidity: humidity !== null && humidity > 0,
    hotWater: hot_water !== null,
  }
}
