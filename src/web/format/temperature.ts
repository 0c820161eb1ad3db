import type { Scale } from '../../protocol/setpoint.ts'
/** How far one press of a button goes, in °C: half a degree Celsius, or one Fahrenheit. */
export function stepC(scale: Scale): number {
  return scale === 'F' ? 5 / 9 : 0.5
}

/** °C in the unit shown, as a number on the grid of that unit: half degrees Celsius, whole Fahrenheit. */
export function onGrid(celsius: number, scale: Scale): number {
  return scale === 'F' ? Math.round(celsius * 1.8 + 32) : Math.round(celsius * 2) / 2
}

/** The °C of a number in the unit shown, to a hundredth. */
export function toCelsius(shown: number, scale: Scale): number {
  return scale === 'F' ? Math.round(((shown - 32) * 500) / 9) / 100 : shown
}

/** A measured temperature in the unit shown, to a tenth of a degree Celsius or a whole one Fahrenheit. */
export function shownDegrees(celsius: number, scale: Scale): number {
  return scale === 'F' ? Math.round(celsius * 1.8 + 32) : Math.round(celsius * 10) / 10
}

/**
 * `20.3 °C`, with the locale's decimal mark. A target has at least its half degree: `21.5`, and `21` for whole
 * ones.
 */
export function temperatureText(celsius: number, scale: Scale, locale?: string): string {
  return `${numberText(shownDegrees(celsius, scale), locale)} °${scale}`
}

/** A number as the locale writes it, with at most one decimal. */
export function numberText(value: number, locale?: string): string {
  return value.toLocaleString(locale, { maximumFractionDigits: 1 })
}
