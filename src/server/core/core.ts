import type { TransportTimes } from '../../protocol/transport/wire.ts'
import type { Outdoor } from './outdoor.ts'
import type { Presence } from './presence.ts'
import type { Tallies } from './tallies.ts'
import type { Writer, WriterParts } from './writer.ts'

/** Numbers that an operator can set and the services of the server need. */
export interface ServerSettings extends TransportTimes {
  readonly entryKeyTtlS: number
  /** With `pin`, every thermostat is pinned to its known password. */
  readonly deviceAuth: 'off' | 'pin'
}

/** What every service of the server is made of. */
export interface Core extends WriterParts {
  readonly settings: ServerSettings
  readonly writer: Writer
  readonly presence: Presence
  readonly outdoor: Outdoor
  readonly tallies: Tallies
  /** Uniform integer in [0, max) from a cryptographic source. */
  randomInt(max: number): number
  /** The offset of this machine's time zone at an instant (ms since epoch), s east of UTC. */
  localOffsetS(atMs: number): number
}
