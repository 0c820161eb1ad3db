import t from 'tap'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS } from './household.ts'

t.test('pairing on the page', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating', 'waiting'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page, troubles } = await visit(t, browser, `${household.url}/#/pair`)
  const field = page.getByLabel('Entry code')
  const hint = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text })

  await t.test('shows who waits, and where the code is', async () => {
    await page.getByText(MEMBERS.waiting.name).waitFor()
    await page.getByText('Get Entry Code', { exact: true }).waitFor()
  })

  await t.test('explains what is wrong with a code while it is typed', async (t) => {
    await field.pressSequentially('a3x-ro')
    await hint('A code never has O').waitFor()
    t.equal(await field.getAttribute('aria-invalid'), 'true')
    await field.fill('A3X-R7')
    await hint('5 of 7').waitFor()
    await page.keyboard.press('Enter')
    await hint('Too short: 5 of 7').waitFor()
  })

  await t.test('tells that no thermostat shows a code, and keeps it to be mended', async (t) => {
    await field.fill('A3X-R7M4')
    await page.getByRole('button', { name: 'Pair', exact: true }).click()
    await hint('No thermostat shows A3X-R7M4').waitFor()
    t.equal(await field.inputValue(), 'A3X-R7M4')
    t.ok(await page.evaluate("document.activeElement?.matches('.code')"))
  })

  await t.test('has nothing for axe-core to find, and fits a small screen', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
    await page.setViewportSize({ width: 320, height: 640 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
  })

  await t.test('pairs with the keyboard alone, and leads to the thermostat', async (t) => {
    const code = household.thermostat('waiting').code ?? ''
    await field.fill('')
    await field.pressSequentially(` ${code.slice(0, 3)}-${code.slice(3)} `.toLowerCase())
    await page.keyboard.press('Enter')
    await hint('is paired').waitFor()
    t.ok(household.thermostat('waiting').paired, 'told once the thermostat itself knows it')
    await page.getByText('No thermostat shows a code').waitFor()
    t.same(await violations(page), [])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/#/device/${MEMBERS.waiting.serial}`)
  })

  await t.test('says how long to wait after too many wrong codes (P12)', async () => {
    for (let i = 0; i < 10; i++) {
      const body = JSON.stringify({ code: 'A3XR7M4', userId: 'homeassistant' })
      await fetch(`${household.url}/api/register`, { method: 'POST', body })
    }
    await page.goto(`${household.url}/#/pair`)
    await field.fill('A3X-R7M4')
    await page.keyboard.press('Enter')
    await hint(/Too many wrong codes\. Wait \d+ seconds/).waitFor()
  })

  await t.test('warns of what claims to be a paired thermostat (P6)', async (t) => {
    const since = new Date().toISOString()
    const later = new Date(Date.now() + 600_000).toISOString()
    const { serial, name } = MEMBERS.heating
    await page.route('**/api/pairing?*', (route) =>
      route.fulfill({
        json: {
          waiting: [{ serial, name, since, has_uploaded: true, paired_anew: true }],
          total: 1,
          held_back: [{ serial, name: '<script>alert(1)</script>', since, code_at: later }],
        },
      }),
    )
    await page.getByText('If you did not reset it, do not type the code').waitFor()
    await page.getByText('<script>alert(1)</script>').waitFor()
    const give = page.getByRole('button', { name: 'give it a code now' })
    await give.click()
    await page.getByText('It gets a code as soon as it asks again').waitFor()
    t.same(await violations(page), [])
  })

  // The refusals that were asked for.
  t.same(
    troubles.filter((each) => !/status of 429/.test(each)),
    [],
  )
})
