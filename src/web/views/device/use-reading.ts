import { type ReadonlySignal, signal, useSignalEffect } from '@preact/signals'
import { useMemo } from 'preact/hooks'

/** Events come in bursts: read once for all of them, ms. */
const PAUSE_MS = 300

interface Reading<T> {
  /** Undefined until the first answer. */
  readonly value: T | undefined
  readonly isMissing: boolean
}

/**
 * What an endpoint answers about a thermostat, read anew whenever something has changed.
 *
 * @param read - must be the same function from render to render
 * @param trigger - reads the signals whose changes make it read anew
 */
export function useReading<T>(
  read: () => Promise<T>,
  trigger: () => unknown,
): ReadonlySignal<Reading<T>> {
  const { reading, again } = useMemo(() => reader(read), [read])
  useSignalEffect(() => {
    trigger()
    return again()
  })
  return reading
}

function reader<T>(read: () => Promise<T>) {
  const reading = signal<Reading<T>>({ value: undefined, isMissing: false })
  let count = 0
  const load = async () => {
    count += 1
    const mine = count
    try {
      const value = await read()
      if (mine === count) reading.value = { value, isMissing: false }
    } catch {
      // What was read before is better than nothing.
      if (mine === count) reading.value = { ...reading.peek(), isMissing: true }
    }
  }
  let isFirst = true
  const again = () => {
    const timer = setTimeout(() => void load(), isFirst ? 0 : PAUSE_MS)
    isFirst = false
    return () => clearTimeout(timer)
  }
  return { reading, again }
}
