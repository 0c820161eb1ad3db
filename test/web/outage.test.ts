import t from 'tap'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

t.test('the server is away for a while', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page } = await visit(t, browser, 'about:blank')
  await page.clock.install()
  let version = '1.0.0'
  await page.route('**/health', async (route) => {
    const answer = await route.fetch().catch(() => undefined)
    if (answer === undefined) return route.abort()
    return route.fulfill({ json: { ...(await answer.json()), version } })
  })
  await page.goto(`${household.url}/#/settings`)
  await page.getByText('nle 1.0.0').waitFor()

  await t.test('says so, and after a minute where to look', async (t) => {
    await household.killServer()
    await page.getByText('This page connects again by itself').waitFor()
    await page.clock.fastForward(61_000)
    await page.getByText(/has not answered since \d/).waitFor()
    t.equal(await page.getByRole('alert').getByText('nle doctor').count(), 1)
    t.same(await violations(page), [])
  })

  await t.test('connects again by itself', async (t) => {
    await household.startServer()
    await page.clock.fastForward(16_000)
    await page.getByText(/has not answered since/).waitFor({ state: 'detached' })
    t.equal(await page.getByRole('alert').count(), 0)
  })

  await t.test(
    'loads anew when the server has another version, but loses nothing that is typed',
    async (t) => {
      await page.evaluate('window.isThisLoad = true')
      await page.goto(`${household.url}/#/pair`)
      await page.getByLabel('Entry code').fill('A3X')
      version = '1.1.0'
      await page.clock.fastForward(31_000)
      await page.getByText('nle has a new version').waitFor()
      t.equal(await page.evaluate('window.isThisLoad'), true)
      await page.getByLabel('Entry code').fill('')
      await page.clock.fastForward(31_000)
      await page.waitForFunction('window.isThisLoad === undefined')
      await page.getByText('nle has a new version').waitFor({ state: 'detached' })
    },
  )

  await t.test('says when the server is not well', async () => {
    await page.route('**/health', (route) =>
      route.fulfill({
        json: { status: 'degraded', server: 'nle', version, reason: 'The disk is full.' },
      }),
    )
    await page.clock.fastForward(31_000)
    await page.getByText('The server is in trouble: The disk is full.').waitFor()
  })
})
