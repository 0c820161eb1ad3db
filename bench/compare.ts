import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, markdown, shortNumber } from './figure.ts'
import { median } from './quantile.ts'
import { ROOT, serveFrom } from './server-process.ts'

const RUNS = 5

/**
 * Measures the server of today and that of another commit in turn, five times each, by the programs of today.
 *
 * @param measure - one run
 * @returns the medians of both, as a Markdown table
 */
export async function compare(ref: string, measure: () => Promise<Figure[]>): Promise<string> {
  const tree = mkdtempSync(join(tmpdir(), 'nle-compare-'))
  const git = (...args: string[]) => execFileSync('git', ['-C', ROOT, ...args], { stdio: 'pipe' })
  try {
    git('worktree', 'add', '--detach', tree, ref)
    // The packages of today: they are seldom others.
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    const before: Figure[] = []
    const today: Figure[] = []
    for (let run = 0; run < RUNS; run++) {
      serveFrom(tree)
      before.push(...(await measure()))
      serveFrom(ROOT)
      today.push(...(await measure()))
    }
    return compared(ref, before, today)
  } finally {
    serveFrom(ROOT)
    rmSync(tree, { recursive: true, force: true })
    git('worktree', 'prune')
  }
}

function compared(ref: string, before: readonly Figure[], today: readonly Figure[]): string {
  const was = mediansOf(before)
  const rows = [...mediansOf(today)].map(([name, { value, unit }]) => {
    const old = was.get(name)?.value ?? Number.NaN
    const change = ((value / old - 1) * 100).toFixed(0)
    return [name, `${shortNumber(old)} ${unit}`, `${shortNumber(value)} ${unit}`, `${change} %`]
  })
  return markdown(['figure', ref, 'today', 'change'], rows)
}

/** By scenario and name. */
function mediansOf(figures: readonly Figure[]): Map<string, { value: number; unit: string }> {
  const byName = Map.groupBy(figures, ({ scenario, name }) => `${scenario}: ${name}`)
  return new Map(
    [...byName].map(([name, those]) => [
      name,
      { value: median(those.map(({ value }) => value)), unit: those[0]?.unit ?? '' },
    ]),
  )
}
