import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, fullName, markdown, medians, shortNumber } from './figure.ts'
import { removedAtEnd } from './interruption.ts'
import { ROOT, serveFrom } from './server-process.ts'

/** One slow run does not move the median of so many. */
export const RUNS = 5

/**
 * Measures the server of today and that of another commit in turn, five times each, by the programs of today.
 *
 * @param measure - one run
 * @param tell - is told which run it is at: all of them take many minutes
 * @returns the medians of both, as a Markdown table
 */
export function compare(
  ref: string,
  measure: () => Promise<Figure[]>,
  tell: (line: string) => void,
): Promise<string> {
  return withTree(ref, async (tree) => {
    const servers = [
      { name: ref, tree, figures: [] as Figure[] },
      { name: 'today', tree: ROOT, figures: [] as Figure[] },
    ] as const
    for (let run = 1; run <= RUNS; run++) {
      for (const { name, tree, figures } of servers) {
        tell(`run ${run} of ${RUNS}: ${name}`)
        serveFrom(tree)
        figures.push(...(await measure()))
      }
    }
    return compared(ref, servers[0].figures, servers[1].figures)
  })
}

/** Works with the files of another commit, which are removed afterwards, also when the program is interrupted. */
async function withTree<T>(ref: string, work: (tree: string) => Promise<T>): Promise<T> {
  const tree = mkdtempSync(join(tmpdir(), 'nle-compare-'))
  const git = (...args: string[]) => execFileSync('git', ['-C', ROOT, ...args], { stdio: 'pipe' })
  const remove = (): void => {
    rmSync(tree, { recursive: true, force: true })
    git('worktree', 'prune')
  }
  const forget = removedAtEnd(remove)
  try {
    git('worktree', 'add', '--detach', tree, ref)
    // The packages of today: they are seldom others.
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    return await work(tree)
  } finally {
    serveFrom(ROOT)
    remove()
    forget()
  }
}

function compared(ref: string, before: readonly Figure[], today: readonly Figure[]): string {
  const was = new Map(medians(before).map((figure) => [fullName(figure), figure.value]))
  const rows = medians(today).map((figure) => {
    const { value, unit } = figure
    const old = was.get(fullName(figure)) ?? Number.NaN
    const change = ((value / old - 1) * 100).toFixed(0)
    return [
      fullName(figure),
      `${shortNumber(old)} ${unit}`,
      `${shortNumber(value)} ${unit}`,
      `${change} %`,
    ]
  })
  return markdown(['figure', ref, 'today', 'change'], rows)
}
