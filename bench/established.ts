import { readFileSync } from 'node:fs'

const ESTABLISHED = '01'

/**
 * How many connections a local port has. The system knows of a connection that the server has cut; a client that reads
 * nothing does not.
 */
export function establishedAt(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, from, , state]) => from?.endsWith(local) && state === ESTABLISHED).length
}
