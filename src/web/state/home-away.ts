import type { Status } from '../../api/shapes.ts'

/** Whether a home is in eco: all of its paired thermostats, none, or some. */
export interface HomeAway {
  readonly serials: readonly string[]
  readonly awayCount: number
}

export function homeAwayOf(statuses: Iterable<Status>): HomeAway {
  const paired = [...statuses].filter(({ owner }) => owner !== null)
  return {
    serials: paired.map(({ serial }) => serial),
    awayCount: paired.filter(({ away }) => away).length,
  }
}

/** The thermostats that a command for the whole home has to go to: all, for one that looks done may be turning back. */
export function isWhole({ serials, awayCount }: HomeAway, away: boolean): boolean {
  return serials.length > 0 && awayCount === (away ? serials.length : 0)
}
