import type { Scale } from '../client/answers.ts'

/** Degrees without unit in the scale of the thermostat's own screen: °C to a tenth, °F whole. */
export function degrees(celsius: number, scale: Scale): string {
  return scale === 'F'
    ? String(Math.round((celsius * 9) / 5 + 32))
    : String(Math.round(celsius * 10) / 10)
}

/** `21.5 °C`, `70 °F`. */
export function temperature(celsius: number, scale: Scale): string {
  return `${degrees(celsius, scale)} °${scale}`
}

/** `20–24 °C`. */
export function temperatureRange(lowC: number, highC: number, scale: Scale): string {
  return `${degrees(lowC, scale)}–${degrees(highC, scale)} °${scale}`
}
