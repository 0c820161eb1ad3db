import type { Page } from 'playwright-core'
import t from 'tap'
import { FIRST_STEPS, linkTo } from '../../src/web/route.ts'
import { violations } from './accessible.ts'
import { SIZES, startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS } from './household.ts'

const { heating, range, eco, odd } = MEMBERS
/** Every view, by what follows the address. */
const VIEWS = [
  '#/',
  `#/device/${heating.serial}`,
  `#/device/${range.serial}`,
  `#/device/${eco.serial}`,
  `#/schedule/${odd.serial}`,
  `#/history/${heating.serial}`,
  '#/pair',
  '#/add',
  '#/settings',
  ...FIRST_STEPS.map((step) => linkTo({ view: 'setup', step })),
]

/** Loads the page anew: otherwise the heading of the view before may still be there. */
async function open(page: Page, url: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

t.test('every view', { skip: withoutBrowser, timeout: 300_000 }, async (t) => {
  const household = await Household.open()
  t.teardown(() => household.close())
  const browser = await startBrowser(t)

  for (const colorScheme of ['light', 'dark'] as const) {
    await t.test(`is accessible, ${colorScheme}`, async (t) => {
      const { page, troubles } = await visit(t, browser, household.url, { colorScheme })
      for (const view of VIEWS) {
        await open(page, household.url + view)
        t.strictSame(await violations(page), [], view)
      }
      t.strictSame(troubles, [])
    })
  }

  for (const size of ['small', 'tablet', 'desktop'] as const) {
    await t.test(`fits ${SIZES[size].width} pixels`, async (t) => {
      const { page } = await visit(t, browser, household.url, { size })
      for (const view of VIEWS) {
        await open(page, household.url + view)
        const width = await page.evaluate('document.documentElement.scrollWidth')
        t.equal(width, SIZES[size].width, view)
      }
    })
  }
})
