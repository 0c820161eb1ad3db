import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS } from './household.ts'

const { heating, range, waiting } = MEMBERS

/** The point of time that keys and pointer move, once the chart is there. */
function cursor(page: Page) {
  return page.getByRole('slider', { name: 'Point of time' })
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click()
}

async function told(page: Page): Promise<string> {
  return (await cursor(page).getAttribute('aria-valuetext')) ?? ''
}

/** Shows yesterday, of which all is known whatever the time is. */
async function showYesterday(page: Page): Promise<void> {
  await cursor(page).waitFor()
  await press(page, 'Back')
  // Its last point is of the end of the day, and not of now.
  await page.locator('[role=slider][aria-valuetext*="23:55"]').waitFor()
}

function picture(page: Page): Promise<string> {
  return page.evaluate("document.querySelector('canvas').toDataURL()")
}

/** Looks at the chart frame by frame. */
async function drawnAnew(page: Page, isGood: (drawn: string) => boolean): Promise<void> {
  while (!isGood(await picture(page))) {
    await page.evaluate('new Promise((done) => requestAnimationFrame(done))')
  }
}

t.test('the history', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({
    members: ['heating', 'range', 'waiting'],
    historyDays: 9,
    settings: { TZ: 'UTC' },
  })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const open = (t: Test, serial: string, options: Parameters<typeof visit>[3] = {}) =>
    visit(t, browser, `${household.url}#/history/${serial}`, options)

  await t.test('keys move through the day, and are told what was', async (t) => {
    const { page, troubles } = await open(t, heating.serial)
    await showYesterday(page)
    await cursor(page).focus()
    await page.keyboard.press('Home')
    t.match(await told(page), /00:00: inside \d+(\.\d)? °C, target \d+(\.\d)? °C/)
    await page.keyboard.press('ArrowRight')
    t.match(await told(page), /00:05: /)
    await page.keyboard.press('PageUp')
    t.match(await told(page), /01:05: /)
    await page.keyboard.press('ArrowLeft')
    t.match(await told(page), /01:00: .*humidity \d+ %, outside/)
    t.ok(await page.getByText(await told(page)).isVisible(), 'for people who look, too')
    await page.keyboard.press('End')
    t.match(await told(page), /23:55: /)
    t.strictSame(troubles, [])
  })

  await t.test('the pointer shows what was, and a finger leaves it there', async (t) => {
    const { page } = await open(t, heating.serial, { hasTouch: true })
    await showYesterday(page)
    const box = await cursor(page).boundingBox()
    if (box === null) throw new Error('no chart')
    await page.mouse.move(box.x + box.width / 2, box.y + 100)
    t.match(await told(page), / 1[12]:\d\d: /)
    await page.mouse.move(box.x, box.y - 60)
    t.match(await told(page), / 23:55: /)
    await page.touchscreen.tap(box.x + box.width / 2, box.y + 100)
    t.match(await told(page), / 1[12]:\d\d: /)
  })

  await t.test('goes by day, week, month and year, back and to now', async (t) => {
    const { page, troubles } = await open(t, heating.serial)
    const heading = page.getByRole('heading', { level: 2 }).first()
    await heading.filter({ hasText: 'Today' }).waitFor()
    const forward = page.getByRole('button', { name: 'Forward', exact: true })
    t.ok(await forward.isDisabled())
    for (const [span, runtimes] of [
      ['Week', 'Runtime per day'],
      ['Month', 'Runtime per day'],
      ['Year', 'Runtime per month'],
    ] as const) {
      await press(page, span)
      await page.getByRole('heading', { name: runtimes }).waitFor()
      await page
        .getByText(/^Heating \d+ h/)
        .first()
        .waitFor()
    }
    await press(page, 'Week')
    await page.getByRole('heading', { name: 'Runtime per day' }).waitFor()
    const now = await heading.textContent()
    await press(page, 'Back')
    await heading.filter({ hasNotText: now ?? '' }).waitFor()
    await forward.click()
    await heading.filter({ hasText: now ?? '' }).waitFor()
    await press(page, 'Back')
    await press(page, 'Now')
    await heading.filter({ hasText: now ?? '' }).waitFor()
    // The browser is in Berlin.
    await page.getByText('Days and times are those of the server: UTC').waitFor()
    t.strictSame(troubles, [])
  })

  await t.test('is a table for people who listen, and for spreadsheets', async (t) => {
    const { page } = await open(t, heating.serial)
    await press(page, 'Week')
    await press(page, 'Table')
    const table = page.getByRole('table')
    await table.waitFor()
    for (const name of ['Inside, °C', 'Lowest, °C', 'Target, °C', 'Humidity, %', 'Heating']) {
      t.ok(await table.getByRole('columnheader', { name, exact: true }).isVisible(), name)
    }
    t.equal(await table.getByRole('row').count(), 1 + 7)
    for (const [name, head] of [
      ['Download as CSV', 'time,time_ms,temperature'],
      ['Download runtimes as CSV', 'begin,end,from_ms'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name, exact: true }).click(),
      ])
      t.match(download.suggestedFilename(), /^02AA.*\.csv$/)
      t.match(readFileSync(await download.path(), 'utf8'), new RegExp(`^${head}`))
    }
  })

  await t.test('its colours follow the browser from light to dark', async (t) => {
    const { page } = await open(t, heating.serial)
    await showYesterday(page)
    const light = await picture(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    await drawnAnew(page, (drawn) => drawn !== light)
    await page.emulateMedia({ colorScheme: 'light' })
    await drawnAnew(page, (drawn) => drawn === light)
    t.pass()
  })

  await t.test('is read again while now is in sight', async (t) => {
    const { page } = await visit(t, browser, 'about:blank')
    await page.clock.install({ time: Date.now() })
    await page.goto(`${household.url}#/history/${heating.serial}`)
    await cursor(page).waitFor()
    const asked = page.waitForRequest(/api\/history/)
    await page.clock.fastForward(65_000)
    await asked
    t.pass()
  })

  await t.test('what draws it is loaded when it is opened', async (t) => {
    const { page } = await visit(t, browser, 'about:blank')
    const scripts: string[] = []
    page.on('request', (request) => scripts.push(new URL(request.url()).pathname))
    await page.route(/history-view/, (route) => route.abort())
    await page.goto(household.url)
    await page.getByRole('article').first().waitFor()
    t.notOk(scripts.some((path) => path.includes('history-view')))
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('alert').getByText('could not be loaded').waitFor()
    await page.unroute(/history-view/)
    await press(page, 'Try again')
    await cursor(page).waitFor()
  })

  await t.test('begins when the thermostat is new', async (t) => {
    const { page } = await open(t, range.serial)
    await page.getByText(/The history begins/).waitFor()
    t.match(await told(page), /target 19 °C to 25 °C/)
    await press(page, 'Back')
    await page.getByText('Nothing is known of this time.').waitFor()
  })

  await t.test('says that of an unpaired thermostat none is kept', async (t) => {
    const { page } = await open(t, waiting.serial)
    await page.getByText(/history is kept of paired thermostats only/).waitFor()
    t.ok(await page.getByRole('link', { name: 'Pair it' }).isVisible())
    await page.getByText('Nothing is known of this time.').waitFor()
    await page.getByRole('combobox', { name: 'Thermostat' }).selectOption({ label: heating.name })
    await cursor(page).waitFor()
    t.match(page.url(), new RegExp(`#/history/${heating.serial}$`))
  })

  await t.test('fits 320 pixels', async (t) => {
    const { page } = await open(t, heating.serial, { size: 'small' })
    await showYesterday(page)
    for (const span of ['Day', 'Week', 'Month', 'Year']) {
      await press(page, span)
      await page.locator('.history-panel:not(.stale)').first().waitFor()
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, span)
    }
    await press(page, 'Table')
    await page.getByRole('table').waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    await t.test(`is accessible: ${colorScheme}`, async (t) => {
      const { page } = await open(t, heating.serial, { colorScheme })
      await showYesterday(page)
      t.strictSame(await violations(page), [])
      await press(page, 'Table')
      await page.getByRole('table').waitFor()
      t.strictSame(await violations(page), [])
    })
  }

  await t.test('stays in sight without a server, and goes on with it', async (t) => {
    const { page } = await open(t, heating.serial)
    await showYesterday(page)
    await household.killServer()
    await page.getByRole('alert').getByText('The server does not answer').waitFor()
    t.ok(await cursor(page).isVisible())
    await press(page, 'Back')
    await household.startServer()
    await page.locator('.greyed').waitFor({ state: 'detached' })
    await page.locator('.history-panel:not(.stale)').first().waitFor()
    t.equal(await page.getByRole('alert').count(), 0)
    await cursor(page).waitFor()
  })
})

t.test('a history that is switched off says so', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating'], settings: { HISTORY: 'off' } })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page } = await visit(t, browser, `${household.url}#/history`)
  await page.getByText(/No history is kept: it is switched off/).waitFor()
  t.ok(await page.getByText(heating.name).isVisible(), 'without a choice of one')
})
