import type { ChalkInstance } from 'chalk'
import { displayCode } from '../../protocol/pairing/entry-key.ts'
import type { LogEntry, Screen } from '../../virtual/index.ts'

/** A log entry as a line for people; undefined for entries that people need not see. */
export function describeEntry(entry: LogEntry, chalk: ChalkInstance): string | undefined {
  switch (entry.kind) {
    case 'booted':
      return chalk.dim(entry.memoryLost ? 'switched on, memory lost' : 'switched on')
    case 'code':
      return `shows the code ${chalk.bold(displayCode(entry.code))}`
    case 'claimed':
      return `the code was used${entry.claimedBy === undefined ? '' : ` by ${entry.claimedBy}`}`
    case 'paired':
      return chalk.green(`paired, owner ${entry.owner}`)
    case 'unpaired':
      return chalk.yellow(`not paired with ${entry.owner} any more`)
    case 'push':
      return `${chalk.cyan('←')} push ${entry.key} ${summary(entry.value)}${outcome(entry.outcome)}`
    case 'put':
      return `${chalk.yellow('→')} put ${describePut(entry.fields)} ${chalk.dim(`(${entry.reason})`)}`
    case 'putDropped':
      return chalk.red(`gave up putting ${entry.keys.join(', ')}: the server refuses it`)
    case 'scheduleApplied':
      return 'follows the new schedule'
    case 'scheduleIgnored':
      return chalk.yellow(`ignores the new schedule: ${entry.why}`)
    case 'ecoEntered':
      return entry.by === 'server' ? 'goes to eco' : 'eco was pressed'
    case 'ecoLeft':
      return entry.by === 'server' ? 'leaves eco' : 'eco ended at the thermostat'
    case 'ecoRejected':
      return chalk.yellow(`rejects the eco change: ${entry.offByS} s off its clock`)
    case 'batteryLow':
      return chalk.yellow(`battery at ${entry.volts} V: offline`)
    case 'violation':
      return chalk.red.bold(`RULE BROKEN ${entry.rule}: ${entry.detail}`)
    case 'screen':
      return entry.screen.phase === 'paired' ? chalk.dim(screenLine(entry.screen)) : undefined
    default:
      return undefined
  }
}

type PairedScreen = Extract<Screen, { phase: 'paired' }>

/** The paired screen in one line. */
export function screenLine(screen: PairedScreen): string {
  return `${celsius(screen.currentTemperature)} in the room, ${screenTarget(screen)}`
}

/** What the thermostat works towards: `set to 21.0 °C, heat, heating`. */
export function screenTarget(screen: PairedScreen): string {
  const { targetTemperatureLow: low, targetTemperatureHigh: high } = screen
  const doing = screen.heating ? ', heating' : screen.cooling ? ', cooling' : ''
  if (screen.eco) return `eco${doing}`
  if (screen.mode === 'off') return 'off'
  const target =
    screen.mode === 'range'
      ? `${celsius(low)} to ${celsius(high)}`
      : celsius(screen.targetTemperature)
  return `set to ${target}, ${screen.mode}${doing}`
}

/** One decimal: the glass shows no more. */
export function celsius(degrees: number): string {
  return `${degrees.toFixed(1)} °C`
}

function outcome(name: Extract<LogEntry, { kind: 'push' }>['outcome']): string {
  const words = {
    applied: '',
    held: ' (waits for quiet)',
    stale: ' (older than its own, ignored)',
    duplicate: ' (has it already)',
    refused: ' (refused)',
    uploadAsked: ' (asked to upload)',
  }
  return words[name]
}

function describePut(fields: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(fields)
    .map(([key, names]) =>
      names.length > 6 ? `${key} (${names.length} fields)` : `${key} ${names.join(', ')}`,
    )
    .join('; ')
}

function summary(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}
