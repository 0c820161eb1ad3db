import type { ChalkInstance } from 'chalk'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { isEcoStatus } from '../../protocol/view/eco-state.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED } from '../../protocol/view/upload-text.ts'
import { type ChangeReport, scaleOf } from '../client/answers.ts'
import { displayWidth, printable } from '../terminal/printable.ts'
import { changeText } from './change-table.ts'
import { bounds, currentTemperature, modeText, presence, targetText } from './device-table.ts'
import { lastSeenMs, waitingText } from './reach-text.ts'
import { age, clockTime, temperature, temperatureRange, weekday } from './units.ts'

/** The name of each thing that can run, by its field of `hvac`. */
const RUNNING: readonly (readonly [field: string, name: string])[] = [
  ['heater', 'heating'],
  ['heat_x2', 'heating stage 2'],
  ['heat_x3', 'heating stage 3'],
  ['aux_heat', 'auxiliary heat'],
  ['alt_heat', 'alternate heat'],
  ['emer_heat', 'emergency heat'],
  ['ac', 'cooling'],
  ['cool_x2', 'cooling stage 2'],
  ['cool_x3', 'cooling stage 3'],
  ['fan', 'fan'],
  ['humidifier', 'humidifier'],
  ['dehumidifier', 'dehumidifier'],
]

/**
 * One thermostat for people: what it measures, wants and does, and what is on its way to it.
 *
 * @param open - changes that it does not have yet
 * @param owner - whose it is, as people say it; undefined when it is not paired
 */
export function statusCard(
  status: JsonObject,
  open: readonly ChangeReport[],
  { owner, nowMs, chalk }: { owner: string | undefined; nowMs: number; chalk: ChalkInstance },
): string {
  const state = presence(status, { nowMs, live: true, chalk })
  const rows: (readonly [title: string, value: string | undefined])[] = [
    ['state', (state.paint ?? String)(printable(state.text))],
    ['last seen', lastSeenText(status, nowMs)],
    ['', status.has_uploaded === false ? chalk.yellow(`${NOT_UPLOADED}. ${MAKE_IT_UPLOAD}`) : ''],
    [
      'now',
      [currentTemperature(status), percent(status.humidity), outdoorText(status)]
        .filter(Boolean)
        .join(', '),
    ],
    ['target', `${targetText(status)} ${chalk.dim(`(${printable(modeText(status))})`)}`],
    ['next', nextText(status, nowMs)],
    ['running', running(status)],
    ['away', awayText(status)],
    ['fan', fanText(status)],
    ['time zone', warningText(status.time_zone_warning, chalk)],
    ['owner', string(owner) ?? chalk.yellow('not paired')],
    ['', warningText(status.pairing_warning, chalk)],
    ['firmware', string(status.software_version)],
    ['address', [string(status.local_ip), string(status.mac_address)].filter(Boolean).join('  ')],
    ...open.map(
      (change, i) =>
        [
          i === 0 ? 'on its way' : '',
          `${printable(changeText(change, scaleOf(status)))} ${chalk.dim(`(${whereText(change, status, nowMs)})`)}`,
        ] as const,
    ),
  ]
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...shown.map(([title]) => displayWidth(title)))
  const head = `${chalk.bold(printable(String(status.name)))}  ${chalk.dim(printable(String(status.serial)))}`
  const lines = shown.map(([title, value]) => `  ${chalk.dim(title.padEnd(width))}  ${value}`)
  return `${[head, ...lines].join('\n')}\n`
}

/** What the thermostat has switched on; `nothing` when all is off. */
export function running(status: JsonObject): string {
  const hvac = isObject(status.hvac) ? status.hvac : {}
  const on = RUNNING.filter(([field]) => hvac[field] === true).map(([, name]) => name)
  return on.length === 0 ? 'nothing' : on.join(', ')
}

/** How far a change is: `queued 12 s ago, waits for its turn`, `sent 3 s ago`. */
function whereText({ state, createdAtMs }: ChangeReport, status: JsonObject, nowMs: number) {
  const asked = `${state} ${age(createdAtMs, nowMs)}`
  return state === 'queued' ? `${asked}, waits for ${waitingText(status, nowMs)}` : asked
}

function lastSeenText(status: JsonObject, nowMs: number) {
  const seenMs = lastSeenMs(status)
  return seenMs === undefined ? undefined : age(seenMs, nowMs)
}

/** What the schedule sets next: `17 °C at 22:30`, `21 °C on Friday at 06:30`. */
function nextText({ next_setpoint: next, ...status }: JsonObject, nowMs: number) {
  if (!isObject(next)) return undefined
  const atMs = Date.parse(String(next.at))
  if (Number.isNaN(atMs)) return undefined
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString()
  const when = isToday ? `at ${clockTime(atMs)}` : `on ${weekday(atMs)} at ${clockTime(atMs)}`
  return `${bounds(next.low ?? next.temperature, next.high, scaleOf(status))} ${when}`
}

function awayText(status: JsonObject): string {
  const eco = isObject(status.eco_temperatures) ? status.eco_temperatures : {}
  const temperatures =
    typeof eco.low === 'number' && typeof eco.high === 'number'
      ? ` (eco ${temperatureRange(eco.low, eco.high, scaleOf(status))})`
      : ''
  if (status.away === true) return `yes${temperatures}`
  return isEcoStatus(status) ? `no, but in eco${temperatures}` : `no${temperatures}`
}

function fanText(status: JsonObject): string | undefined {
  const able = isObject(status.capabilities) && status.capabilities.has_fan === true
  if (!able) return undefined
  const untilS = status.fan_timer_timeout
  return status.fan_timer_active === true && typeof untilS === 'number'
    ? `on until ${clockTime(untilS * 1000)}`
    : 'auto'
}

function outdoorText(status: JsonObject): string | undefined {
  const { outdoor_temperature: celsius } = status
  return typeof celsius === 'number'
    ? `outside ${temperature(celsius, scaleOf(status))}`
    : undefined
}

function warningText(warning: unknown, chalk: ChalkInstance) {
  const text = string(warning)
  return text === undefined ? undefined : chalk.yellow(text)
}

function percent(value: unknown): string | undefined {
  // A thermostat that does not report it has 0 in its status.
  return typeof value === 'number' && value > 0 ? `humidity ${Math.round(value)} %` : undefined
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? printable(value) : undefined
}
