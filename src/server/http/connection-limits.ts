import { readFileSync } from 'node:fs'

const MAX_DEVICE_CONNECTIONS = 16_384
const MAX_CONTROL_CONNECTIONS = 2_048
/** Descriptors for the database, logs, the broker, our own requests, and commands of this machine. */
const RESERVED = 256

/**
 * How many connections each listener takes, so that it leaves descriptors for the other one and the
 * database: a full listener can close a connection, a process without descriptors can do nothing.
 *
 * @param openFiles - the system's limit for this process, which node has raised to the hard limit
 */
export function connectionLimits(openFiles = openFilesLimit()) {
  const free = Math.max(16, openFiles - RESERVED)
  return {
    device: Math.min(MAX_DEVICE_CONNECTIONS, Math.floor((free * 7) / 8)),
    control: Math.min(MAX_CONTROL_CONNECTIONS, Math.floor(free / 8)),
  }
}

/** Infinity where the system has no such file. */
function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
