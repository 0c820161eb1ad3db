import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { commandValue, type DialTarget } from './dial-target.ts'
import { thermostats } from './household.ts'
import { send } from './sending.ts'
import { climateOf } from './shown-climate.ts'
import { Wish } from './wish.ts'

interface Wisher {
  readonly wish: Wish
  readonly shown: Signal<DialTarget | undefined>
}

const wishers = new Map<string, Wisher>()

/** What a person wished for at a thermostat on this page, until the server says the same. */
export function wishFor(serial: string): ReadonlySignal<DialTarget | undefined> {
  return wisherOf(serial).shown
}

/** Wishes for a target at a thermostat; see `Wish.turn`. */
export function turn(serial: string, target: DialTarget, how: 'moving' | 'pressed' | 'done'): void {
  wisherOf(serial).wish.turn(target, how)
}

function wisherOf(serial: string): Wisher {
  const known = wishers.get(serial)
  if (known !== undefined) return known
  const shown = signal<DialTarget | undefined>(undefined)
  const wish = new Wish({
    later(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    async send(target) {
      const scale = thermostats.peek().get(serial)?.temperature_scale ?? 'C'
      return send(serial, 'set_temperature', commandValue(target, scale))
    },
    show(target) {
      shown.value = target
    },
  })
  const wisher = { wish, shown }
  wishers.set(serial, wisher)
  effect(() => {
    const status = thermostats.value.get(serial)
    if (status !== undefined) wish.hear(climateOf(status).target)
  })
  return wisher
}
