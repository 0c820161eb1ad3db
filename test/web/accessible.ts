import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe-core finds wrong with a page as it is shown now, as texts; none is good. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated, because the page's Content-Security-Policy refuses other scripts in it.
  await page.evaluate(AXE)
  const { violations: found } = (await page.evaluate('axe.run()')) as {
    violations: readonly Violation[]
  }
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
