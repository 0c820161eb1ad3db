import type { Attack } from './attack.ts'
import type { Tally } from './tally.ts'
import type { Measured } from './trial.ts'

/** For a put at its 99th percentile, and for every pairing. */
const MAX_MS = 250
/** The server's two seconds for a refusal, and what a busy machine adds. */
const MAX_REFUSAL_MS = 2_500
const MAX_RSS_MB = 400

/** What the server did wrong in an attack. */
export function judged(attack: Attack, measured: Measured, judgesTimes: boolean): string[] {
  const { strangers, tallies, ended, lostHold, broken, unserved, size } = measured
  // Whatever else the household missed follows from that.
  if (ended !== undefined) return [...strangers.failures, ...broken, `the server ended: ${ended}`]
  return [
    ...strangers.failures,
    ...(lostHold === undefined ? [] : [`a silent hold was lost: ${lostHold}`]),
    ...broken,
    ...unserved.map((what) => `afterwards not served in time: ${what}`),
    ...tallies.flatMap((tally) => wrongRefusals(tally, attack)),
    ...(judgesTimes ? tallies.flatMap((tally) => slow(tally, attack)) : []),
    ...(size.maxRssMb > MAX_RSS_MB
      ? [`${size.maxRssMb} MB resident, more than ${MAX_RSS_MB}`]
      : []),
    ...grown(attack, measured),
  ]
}

function wrongRefusals({ name, refusals }: Tally, { mayRefuse }: Attack): string[] {
  if (mayRefuse === 'in any way') return []
  const wrong = refusals.filter(({ what }) => mayRefuse === undefined || !/^503\b/.test(what))
  const [first] = wrong
  return first === undefined ? [] : [`${name}: ${wrong.length} refused; first: ${first.what}`]
}

function slow({ name, refusals, figures }: Tally, { mayRefuse }: Attack): string[] {
  const { p99Ms = 0, maxMs = 0 } = figures
  if (mayRefuse === 'within 2 s') {
    const latestMs = Math.max(maxMs, ...refusals.map(({ afterMs }) => afterMs))
    return latestMs > MAX_REFUSAL_MS
      ? [
          `${name}: neither served nor refused within 2 s, once for ${(latestMs / 1000).toFixed(1)} s`,
        ]
      : []
  }
  if (mayRefuse !== undefined) return []
  if (name === 'put' && p99Ms > MAX_MS) return [`a put takes ${p99Ms} ms at p99`]
  if (name === 'pair' && maxMs > MAX_MS) return [`a pairing takes ${maxMs} ms`]
  return []
}

function grown({ maxGrowth }: Attack, { loggedBytes, databaseBytes, seconds }: Measured): string[] {
  if (maxGrowth === undefined) return []
  const most = (max: number): number => max * 1e6 * Math.max(1, seconds / 60)
  const one = (what: string, bytes: number, max: number): string[] =>
    bytes > most(max)
      ? [`${what} grew by ${(bytes / 1e6).toFixed(1)} MB, more than ${max} a minute`]
      : []
  return [
    ...one('the log', loggedBytes, maxGrowth.logMb),
    ...one('the database', databaseBytes, maxGrowth.databaseMb),
  ]
}
