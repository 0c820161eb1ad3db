import t from 'tap'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

t.test(
  'a change that the thermostat ignores is said to be ignored',
  { skip: withoutBrowser },
  async (t) => {
    const household = await Household.open({ members: ['deaf'] })
    t.teardown(() => household.close())
    const browser = await startBrowser(t)
    const { page } = await visit(t, browser, household.url, { size: 'phone' })
    const slider = page.getByRole('slider', { name: 'Target temperature' })
    const told = page.getByRole('status')
    await page.getByRole('button', { name: 'Warmer' }).click()
    await told.filter({ hasText: 'On its way' }).waitFor()
    t.equal(await slider.getAttribute('aria-valuetext'), '16.5 °C', 'shown as it was wished for')
    // It is sent five times.
    await told.filter({ hasText: 'The thermostat did not take it' }).waitFor({ timeout: 55_000 })
    t.equal(await slider.getAttribute('aria-valuetext'), '16 °C', 'what it has')
  },
)
