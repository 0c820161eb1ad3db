import type { Result } from './trial.ts'

const HEADS = ['asked', 'refused', 'p50', 'p99', 'max']
const TABLE_HEADS = ['put p50', 'put p99', 'put max', 'pair p50', 'pair max', 'refused', 'RSS MB']

/** The report of one attack as text for people. Times are in ms. */
export function lines(result: Result): string[] {
  const { name, what, seconds, strangers, tallies, size, failures } = result
  const counts = Object.entries(strangers.counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([asked, times]) => `${asked} ×${times.toLocaleString('en')}`)
  const grown = `${mb(result.loggedBytes)} MB, the database by ${mb(result.databaseBytes)} MB`
  return [
    `== ${name}: ${what}`,
    `  ${'ms'.padEnd(16)}${cells(HEADS)}`,
    ...tallies.map((tally) => {
      const { asked, refused, p50Ms, p99Ms, maxMs } = tally.figures
      return `  ${tally.name.padEnd(16)}${cells([asked, refused, p50Ms, p99Ms, maxMs])}`
    }),
    `  strangers sent ${mb(strangers.sentBytes)} MB: ${counts.join(', ') || 'nothing'}`,
    `  the server had ${size.maxRssMb} MB resident at most; its log grew by ${grown}`,
    `  in ${seconds} s it had a CPU for ${size.cpuS.toFixed(1)} s and waited for one for ` +
      `${size.waitedS.toFixed(1)} s; this program was late by ${result.ownDelayMs} ms at most`,
    ...(failures.length === 0 ? ['  passed'] : failures.map((each) => `  FAILED: ${each}`)),
  ]
}

/** One line for each attack. */
export function table(results: readonly Result[]): string[] {
  const rows = results.map(({ name, tallies, size, failures }) => {
    const [put, pair] = tallies.map(({ figures }) => figures)
    const refused = tallies.reduce((sum, { figures }) => sum + figures.refused, 0)
    const times = [put?.p50Ms, put?.p99Ms, put?.maxMs, pair?.p50Ms, pair?.maxMs]
    const verdict = failures.length === 0 ? 'passed' : 'FAILED'
    return `${name.padEnd(14)}${cells([...times, refused, size.maxRssMb])}  ${verdict}`
  })
  return [`${''.padEnd(14)}${cells(TABLE_HEADS)}`, ...rows]
}

/** The same for programs. */
export function json({ tallies, ...rest }: Result): object {
  const requests = tallies.map(({ name, figures, refusals }) => ({
    name,
    ...figures,
    refusals: [...new Set(refusals.map(({ what }) => what))].slice(0, 10),
  }))
  return { ...rest, requests }
}

function cells(values: readonly (string | number | undefined)[]): string {
  return values.map((value) => String(value ?? '–').padStart(10)).join('')
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
