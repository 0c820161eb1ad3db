import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../../protocol/bucket.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { inFahrenheit, isOutside, setpointLimits } from '../../protocol/setpoint.ts'
import { isEcoStatus } from '../../protocol/view/eco-state.ts'
import type { Named, ServerDevice } from '../client/find-device.ts'
import { modeName } from '../format/mode-name.ts'
import { temperature, temperatureRange, toCelsius } from '../format/units.ts'
import { printable } from '../terminal/printable.ts'
import type { LabelledCommand } from './labelled-command.ts'

/**
 * Steps: `warmer 0.5` and `cooler 1`. Thermostats take temperatures only, so a step becomes the temperature
 * that lies so far from the newest one that was asked for.
 */

/** In place of a command's name until the step is taken. */
const STEP = 'step'

export const MAX_STEP = 5
const MIN_STEP = 0.1

export type StepWord = 'warmer' | 'cooler'

/**
 * Reads a step, in the unit that the thermostat shows unless it names one.
 *
 * @throws NleError `invalid`
 */
export function readStep(word: StepWord, written: string, scale: Scale): LabelledCommand {
  const [, count = '', unit] = /^(\d+(?:[.,]\d+)?)\s*°?\s*([cf])?$/i.exec(written.trim()) ?? []
  const degrees = count === '' ? Number.NaN : Number(count.replace(',', '.'))
  if (!(degrees >= MIN_STEP && degrees <= MAX_STEP)) {
    throw new NleError(
      'invalid',
      `${word} takes a number of degrees from ${MIN_STEP} to ${MAX_STEP}, such as "${word} 0.5", not "${written}".`,
    )
  }
  const by = word === 'warmer' ? degrees : -degrees
  return {
    command: STEP,
    value: { by, unit: unit?.toUpperCase() ?? scale },
    label: `${word} ${written}`,
  }
}

export function isStep({ command }: LabelledCommand): boolean {
  return command === STEP
}

/**
 * The same commands with the step as the temperature that it leads to. Mode and eco count as the other
 * commands will leave them.
 *
 * @param device - as it is before the commands, with what is on its way to it
 * @throws NleError `invalid` when no temperature counts now, or the step leads out of the range
 */
export function takeStep(
  wanted: readonly LabelledCommand[],
  device: Pick<ServerDevice, 'name' | 'scale' | 'status'>,
): LabelledCommand[] {
  return wanted.map((each) => (isStep(each) ? taken(each, wanted, device) : each))
}

function taken(
  step: LabelledCommand,
  wanted: readonly LabelledCommand[],
  { name, scale, status }: Pick<ServerDevice, 'name' | 'scale' | 'status'>,
): LabelledCommand {
  const targets = targetsOf(wanted, { name, status })
  const { by, unit } = step.value as { by: number; unit: Scale }
  const moved = targets.map((celsius) => movedBy(celsius, by, unit))
  const out = moved.find(isOutside)
  if (out !== undefined) {
    throw new NleError(
      'invalid',
      `${step.label} would make ${shown(targets, scale)} into ${shown(moved, scale)}, and temperatures go ${setpointLimits()}.`,
    )
  }
  const [low = 0, high] = moved
  return {
    command: 'set_temperature',
    value: high === undefined ? low : { low, high },
    label: `temperature ${shown(targets, scale)} → ${shown(moved, scale)}`,
  }
}

/** °C: the setpoint that counts, or both bounds of heat-cool. */
function targetsOf(
  wanted: readonly LabelledCommand[],
  { name, status }: Pick<Named, 'name'> & { readonly status: JsonObject },
): number[] {
  const asked = (command: string): JsonValue | undefined =>
    wanted.find((each) => each.command === command)?.value
  const called = printable(name)
  const mode = asked('set_mode') ?? status.mode
  if (mode === 'off') {
    throw new NleError(
      'invalid',
      `${called} is off, and no temperature counts. Give it a mode first, such as "heat".`,
    )
  }
  const away = asked('set_away')
  if (away === true || (away !== false && isEcoStatus(status))) {
    throw new NleError(
      'invalid',
      `${called} is in eco, where the eco temperatures count. End eco first ("home"), or set "eco-low" and "eco-high".`,
    )
  }
  const isRange = typeof mode === 'string' && modeName(mode) === 'heat-cool'
  const targets = isRange
    ? [status.target_temperature_low, status.target_temperature_high]
    : [status.target_temperature]
  const known = targets.filter((target) => typeof target === 'number')
  if (typeof mode !== 'string' || known.length < targets.length) {
    throw new NleError(
      'invalid',
      `${called} has not told what it is set to, so there is nothing to go from. Set a temperature, such as 21.`,
    )
  }
  return known
}

/** °C, to a hundredth. Steps of °F are taken in °F, so that the thermostat shows a whole degree again. */
function movedBy(celsius: number, by: number, unit: Scale): number {
  const moved = unit === 'F' ? toCelsius(inFahrenheit(celsius) + by) : celsius + by
  return Math.round(moved * 100) / 100
}

function shown([low = 0, high]: readonly number[], scale: Scale): string {
  return high === undefined ? temperature(low, scale) : temperatureRange(low, high, scale)
}
