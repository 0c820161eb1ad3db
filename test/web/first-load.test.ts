import type { Route } from 'playwright-core'
import t from 'tap'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

t.test('the first load of the page', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating', 'range'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)

  await t.test('shows the thermostats without waiting for the stream of events', async (t) => {
    const { page } = await visit(t, browser, 'about:blank')
    const held = new Promise<Route>((resolve) => page.route('**/api/events*', resolve))
    await page.goto(household.url)
    await page.getByRole('article', { name: 'Living Room' }).waitFor()
    await (await held).abort()
  })

  await t.test('keeps what an event told while the list was on its way', async (t) => {
    const { page } = await visit(t, browser, 'about:blank')
    const late = Promise.withResolvers<void>()
    const bothRead = Promise.withResolvers<void>()
    let reads = 0
    await page.route('**/api/devices*', async (route) => {
      // The server's answer of now, which arrives later.
      const response = await route.fetch()
      reads += 1
      if (reads === 2) bothRead.resolve()
      await late.promise
      await route.fulfill({ response })
    })
    await page.goto(household.url)
    // At once, and again once the stream is open.
    await bothRead.promise
    await household.command('heating', 'set_temperature', 23.5)
    const wanted = page.locator('[aria-valuetext="23.5 °C"]')
    await wanted.waitFor({ state: 'attached' })
    // No event about it is to come after the answer.
    await page.getByText(/^Confirmed/).waitFor()
    t.equal(await page.getByRole('article', { name: 'Bedroom' }).count(), 0)
    late.resolve()
    await page.getByRole('article', { name: 'Bedroom' }).waitFor()
    t.equal(await wanted.count(), 1)
  })
})
