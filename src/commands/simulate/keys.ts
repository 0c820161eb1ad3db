import { emitKeypressEvents } from 'node:readline'
import { ReadStream } from 'node:tty'
import type { VirtualThermostat } from '../../virtual/index.ts'
import type { Io } from '../terminal/io.ts'

export const KEYS_HELP = 'Keys: ↑ ↓ turn the dial, e eco, r reboot, q quit'

const LOWEST = 9
const HIGHEST = 32
const STEP = 0.5

/** Makes the keyboard the thermostat's dial. Returns the function that restores the terminal. */
export function listenToKeys(
  io: Io,
  thermostats: readonly VirtualThermostat[],
  quit: () => void,
): () => void {
  const onKey = (_text: string | undefined, key: { name?: string; ctrl?: boolean } = {}) => {
    // In raw mode Ctrl-C is a key like any other.
    if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) return quit()
    for (const thermostat of thermostats) press(thermostat, key.name)
  }
  emitKeypressEvents(io.stdin)
  setRawMode(io, true)
  io.stdin.on('keypress', onKey)
  io.stdin.resume()
  return () => {
    io.stdin.off('keypress', onKey)
    setRawMode(io, false)
    io.stdin.pause()
  }
}

function press(thermostat: VirtualThermostat, key: string | undefined): void {
  if (key === 'r') thermostat.reboot()
  const { screen } = thermostat
  if (screen.phase !== 'paired') return
  if (key === 'up') thermostat.turnDial(turned(screen.targetTemperature, STEP))
  if (key === 'down') thermostat.turnDial(turned(screen.targetTemperature, -STEP))
  if (key === 'e') thermostat.pressEco()
}

/** The dial clicks at half degrees. */
function turned(from: number, by: number): number {
  const clicked = Math.round((from + by) / STEP) * STEP
  return Math.min(HIGHEST, Math.max(LOWEST, clicked))
}

function setRawMode(io: Io, raw: boolean): void {
  const { stdin } = io
  if (stdin instanceof ReadStream) stdin.setRawMode(raw)
}
