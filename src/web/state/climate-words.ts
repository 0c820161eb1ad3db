import type { Status } from '../../api/shapes.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { leftMs, timeToTargetMs } from '../../protocol/view/time-left.ts'
import { durationText } from '../format/durations.ts'
import { numberText, temperatureText } from '../format/temperature.ts'
import { clockText, whenText } from '../format/times.ts'
import { TEXTS } from '../texts.ts'
import type { DialTarget } from './dial-target.ts'
import type { Climate } from './shown-climate.ts'

const { climate: texts, facts, reach, warnings } = TEXTS

/** The number of a target split at the decimal mark, so that its large part stands still: `21` and `.5`. */
export function splitNumber(value: number, locale?: string): readonly [string, string] {
  const parts = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).formatToParts(value)
  const at = parts.findIndex(({ type }) => type === 'decimal')
  const join = (some: typeof parts) => some.map((part) => part.value).join('')
  return at < 0 ? [join(parts), ''] : [join(parts.slice(0, at)), join(parts.slice(at))]
}

/** `21.5 °C`, `19–24 °C`; undefined without a target. */
export function targetText({ target, low, high }: DialTarget, scale: Scale, locale?: string) {
  const bounds = [low, high].filter((each) => each !== undefined)
  const numbers = target === undefined ? bounds : [target]
  if (numbers.length === 0) return undefined
  return `${numbers.map((each) => numberText(each, locale)).join('–')} °${scale}`
}

/** What runs, in words: `Heating, stage 2`. */
export function doingText({ hvac, mode, is_available }: Status): string {
  if (!is_available) return texts.silent
  if (hvac.emer_heat) return texts.emergency
  if (hvac.aux_heat) return texts.auxiliary
  if (hvac.alt_heat) return texts.alternate
  if (hvac.heat_x3) return texts.heatingStage(3)
  if (hvac.heat_x2) return texts.heatingStage(2)
  if (hvac.heater) return texts.heating
  if (hvac.cool_x3) return texts.coolingStage(3)
  if (hvac.cool_x2) return texts.coolingStage(2)
  if (hvac.ac) return texts.cooling
  if (hvac.fan) return texts.fanRuns
  return mode === 'off' ? texts.offNow : texts.idle
}

/** The measured temperature: of now, or the last that a silent thermostat told. */
export function measuredText({ now, scale, doing }: Climate): string {
  if (now === null) return texts.noReading
  const temperature = temperatureText(now, scale)
  return doing === 'unknown' ? texts.last(temperature) : texts.now(temperature)
}

/** How long until the target is reached; undefined when nothing heats or cools, or it does not say. */
export function timeToTarget(status: Status, { doing }: Climate, nowMs: number) {
  if (doing !== 'heat' && doing !== 'cool') return undefined
  const ms = timeToTargetMs(status.time_to_target, nowMs) ?? 0
  return ms > 0 ? durationText(ms) : undefined
}

/** `Heating · 25 min`. */
export function doingLine(status: Status, climate: Climate, nowMs: number): string {
  const time = timeToTarget(status, climate, nowMs)
  const doing = doingText(status)
  return time === undefined ? doing : texts.doingFor(doing, time)
}

/** What the schedule sets next: `Then 17 °C from 22:00`; undefined when no schedule counts. */
export function nextText({ next_setpoint: next, temperature_scale: scale }: Status, nowMs: number) {
  if (next === null) return undefined
  const { temperature, low, high } = next
  const bounds = [temperature ?? low, temperature === undefined ? high : undefined]
  const shown = bounds
    .filter((each) => each !== undefined)
    .map((each) => temperatureText(each, scale))
    .join(' – ')
  return texts.from(shown, whenText(Date.parse(next.at), nowMs))
}

/** The small facts beneath a dial. */
export function factsOf(status: Status, nowMs: number): string[] {
  const { hvac, capabilities, humidity, hot_water: water, outdoor_temperature: outside } = status
  const found: string[] = []
  // A thermostat that does not report it has 0 in its status.
  if (humidity !== null && humidity > 0) found.push(humidityText(status, humidity))
  if (hvac.humidifier) found.push(facts.humidifies)
  if (hvac.dehumidifier || hvac.auto_dehum) found.push(facts.dries)
  if (capabilities.has_fan) found.push(fanText(status, nowMs))
  if (water !== null) {
    const boosted = leftMs(water.boost_until, nowMs) > 0
    found.push(
      boosted
        ? facts.boostUntil(clockText(water.boost_until * 1000))
        : water.active
          ? facts.hotWater
          : facts.hotWaterOff,
    )
  }
  if (outside !== null)
    found.push(facts.outside(temperatureText(outside, status.temperature_scale)))
  if (status.has_leaf) found.push(facts.leaf)
  return found
}

function humidityText(status: Status, humidity: number): string {
  const percent = percentText(humidity)
  const { target_humidity: target, target_humidity_enabled: isControlled, capabilities } = status
  const controls = capabilities.has_humidifier || capabilities.has_dehumidifier
  return controls && isControlled && target !== null
    ? facts.humidityTo(percent, percentText(target))
    : facts.humidity(percent)
}

function fanText(status: Status, nowMs: number): string {
  const left = leftMs(status.fan_timer_timeout, nowMs)
  return left > 0 ? facts.fanUntil(clockText(status.fan_timer_timeout * 1000)) : facts.fanAuto
}

/** A whole percentage as the locale writes it: `42%`, `42 %`. */
export function percentText(percent: number, locale?: string): string {
  return (percent / 100).toLocaleString(locale, { style: 'percent', maximumFractionDigits: 0 })
}

/** `Online`, or since when it was not heard from. */
export function reachText({ is_available, last_seen }: Status, nowMs: number): string {
  if (is_available) return reach.online
  return last_seen === null ? reach.never : reach.since(whenText(Date.parse(last_seen), nowMs))
}

/** At this voltage people should charge it: soon it leaves the network. */
const LOW_BATTERY_V = 3.7

/** What people should do something about; what leads to pairing is told beside the link that leads there. */
export function warningsOf(status: Status): string[] {
  const { battery_voltage: volts, time_zone_warning: zone } = status
  return [
    ...(status.has_uploaded ? [] : [warnings.notUploaded]),
    ...(volts !== null && volts < LOW_BATTERY_V ? [warnings.battery(voltsText(volts))] : []),
    ...(status.safety_temp_activating_hvac === true ? [warnings.safety] : []),
    ...(status.filter_replacement_needed === true ? [warnings.filter] : []),
    ...(zone === null ? [] : [warnings.timeZone(zone)]),
  ]
}

function voltsText(volts: number): string {
  return volts.toLocaleString(undefined, { maximumFractionDigits: 2 })
}
