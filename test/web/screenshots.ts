// Takes a picture of every view of the web page, light and dark, on a phone and on a desktop:
//   npm run screenshots -- <folder> [view…]
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, type HouseholdOptions, MEMBERS } from './household.ts'

const { serial } = MEMBERS.heating
/** The views, by what follows the address. */
const VIEWS: Readonly<Record<string, string>> = {
  home: '',
  device: `#/device/${serial}`,
  schedule: `#/schedule/${serial}`,
  history: `#/history/${serial}`,
  pair: '#/pair',
  add: '#/add',
  settings: '#/settings',
  'setup-address': '#/setup/address',
  'setup-thermostat': '#/setup/thermostat',
  'setup-mqtt': '#/setup/mqtt',
  'setup-matter': '#/setup/matter',
}
/** Views of other homes. */
const HOMES: Readonly<Record<string, HouseholdOptions>> = {
  'first-start': { members: [] },
  'token-needed': { members: ['heating'], settings: { REQUIRE_TOKEN: 'yes' } },
}

const HISTORY_DAYS = 40

/** For transitions and the first data. */
const SETTLE_MS = 400

const [folder, ...wanted] = process.argv.slice(2)
const known = [...Object.keys(VIEWS), ...Object.keys(HOMES)]
const unknown = wanted.find((each) => !known.includes(each))
if (folder === undefined || unknown !== undefined) {
  process.stderr.write(
    `Usage: npm run screenshots -- <folder> [view…]\nViews: ${known.join(', ')}\n`,
  )
  process.exit(2)
}
if (withoutBrowser) {
  process.stderr.write(`No screenshots: ${withoutBrowser}.\n`)
  process.exit(3)
}
mkdirSync(folder, { recursive: true })

const ends: (() => unknown)[] = []
const run = { teardown: (end: () => unknown) => ends.unshift(end) }
try {
  const browser = await startBrowser(run)
  const views = Object.keys(VIEWS).filter(isWanted)
  if (views.length > 0) {
    const household = await open({ historyDays: HISTORY_DAYS })
    // Something to say about each: on its way, taken over, waiting.
    await household.command('heating', 'set_temperature', 21.5)
    await household.command('offline', 'set_temperature', 18)
    await household.command('deaf', 'set_temperature', 18)
    for (const view of views) await take(browser, view, `${household.url}/${VIEWS[view]}`)
  }
  for (const [name, options] of Object.entries(HOMES)) {
    if (isWanted(name)) await take(browser, name, (await open(options)).url)
  }
} finally {
  for (const end of ends) await end()
}

function isWanted(name: string): boolean {
  return wanted.length === 0 || wanted.includes(name)
}

async function open(options: HouseholdOptions = {}): Promise<Household> {
  const household = await Household.open(options)
  run.teardown(() => household.close())
  return household
}

async function take(browser: Browser, name: string, url: string): Promise<void> {
  for (const size of ['phone', 'desktop'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, troubles } = await visit(run, browser, url, { size, colorScheme })
      await page.getByRole('heading').first().waitFor()
      await page.waitForTimeout(SETTLE_MS)
      const path = join(resolve(folder ?? ''), `${name}-${size}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
      await page.context().close()
      process.stdout.write(`${path}\n`)
      for (const trouble of troubles) process.stdout.write(`  ${trouble}\n`)
    }
  }
}
