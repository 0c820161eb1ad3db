import { readFileSync } from 'node:fs'

const MAX_DEVICE_CONNECTIONS = 16_384
const MAX_CONTROL_CONNECTIONS = 2_048
/** Descriptors for the database, logs, the broker, questions of our own. */
const RESERVED = 256

/** Connections at once, by listener. */
export interface ConnectionLimits {
  readonly device: number
  readonly control: number
}

/**
 * How many connections the listeners take, so that neither takes the descriptors the other one, or the
 * database, needs: a listener that is full can make room, a process without descriptors cannot.
 *
 * @param openFiles - what the system lets this process have; node has raised it as far as it may
 */
export function connectionLimits(openFiles = openFilesLimit()): ConnectionLimits {
  const free = Math.max(16, openFiles - RESERVED)
  return {
    device: Math.min(MAX_DEVICE_CONNECTIONS, Math.floor((free * 7) / 8)),
    control: Math.min(MAX_CONTROL_CONNECTIONS, Math.floor(free / 8)),
  }
}

/** Infinity where the system does not tell. */
function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
