import { readFileSync } from 'node:fs'
import t from 'tap'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

t.test('tokens, sessions and the settings of the server', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page } = await visit(t, browser, `${household.url}/#/settings`)
  const token = page.getByLabel('Token', { exact: true })

  await t.test('says what the owner types on the machine, while nobody is signed in', async (t) => {
    await page.getByText('Everybody in this network may do the same').waitFor()
    await page.getByText('nle doctor', { exact: true }).waitFor()
    t.equal(await page.getByRole('button', { name: 'Make a token' }).count(), 0)
    t.same(await violations(page), [])
  })

  const admin = await household.token('admin', 'owner')
  const reader = await household.token('read', 'reader')

  await t.test('asks for a token once there is one, and tells a wrong one', async (t) => {
    await page.reload()
    await page.getByRole('heading', { name: 'A token is needed' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'Home' }).count(), 0)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
    await page.keyboard.type('nle_wrong')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('This token is not known here').waitFor()
    await token.fill(admin)
    await page.keyboard.press('Enter')
    await page.getByText('This browser is signed in').waitFor()
    t.notMatch(JSON.stringify(await page.context().cookies()), admin)
  })

  await t.test('makes a token, which is shown once, and revokes it', async (t) => {
    await page.getByLabel('Name', { exact: true }).fill('Kitchen <b>tablet</b>')
    await page.getByLabel('It may').selectOption('see everything')
    await page.getByRole('button', { name: 'Make a token' }).click()
    const made = (await page.getByText(/^nle_/).textContent()) ?? ''
    const headers = { Authorization: `Bearer ${made}` }
    t.equal((await fetch(`${household.url}/api/devices`, { headers })).status, 200)
    await page.getByRole('button', { name: 'I have saved it' }).click()
    await page.getByText(made).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Revoke Kitchen <b>tablet</b>' }).click()
    await page.getByText('Whoever uses it is locked out at once').waitFor()
    t.same(await violations(page), [])
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByText('Whoever uses it is locked out at once').waitFor({ state: 'detached' })
    t.equal(await page.getByText('Kitchen <b>tablet</b>').count(), 0)
    t.equal((await fetch(`${household.url}/api/devices`, { headers })).status, 401)
  })

  await t.test('names a broker, tells how it goes, and turns it off', async () => {
    await page.getByRole('button', { name: 'Use this broker' }).click()
    await page.getByText('Name the broker').waitFor()
    // Nothing listens at this port.
    await page.getByLabel('Broker', { exact: true }).fill('127.0.0.1:1')
    await page.keyboard.press('Enter')
    await page.getByText(/Not connected to mqtt:\/\/127\.0\.0\.1:1: .*goes on trying/).waitFor()
    await page.getByRole('button', { name: 'Turn MQTT off' }).click()
    await page.getByText('Off. Name a broker').waitFor()
  })

  await t.test(
    'shows what the doctor says, the log and the settings, and gives a backup',
    async (t) => {
      await page.getByText('thermostats are told http://127.0.0.1').waitFor()
      await page.getByText('Show the last lines').click()
      await page
        .getByRole('region', { name: 'Last lines of the log' })
        .getByText('thermostat paired')
        .waitFor()
      await page.getByText('Show them').click()
      await page.getByText('SERVER_PORT').waitFor()
      const downloading = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Download a backup' }).click()
      const file = await (await downloading).path()
      t.match(readFileSync(file).subarray(0, 15).toString(), 'SQLite format 3')
      t.same(await violations(page), [])
      await page.setViewportSize({ width: 320, height: 640 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    },
  )

  await t.test('signs out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'A token is needed' }).waitFor()
  })

  await t.test('a token that may only read disables, and says why', async (t) => {
    await token.fill(reader)
    await page.keyboard.press('Enter')
    await page.getByText('You may see everything here, and change nothing').waitFor()
    await page.goto(`${household.url}/#/pair`)
    await page.getByText('You may look, not change anything').waitFor()
    t.ok(await page.getByLabel('Entry code').isDisabled())
    await page.goto(`${household.url}/#/add`)
    await page.getByText('needs a token of scope admin').waitFor()
  })

  await t.test(
    'locks when the token is revoked, and shows nothing of the home any more',
    async (t) => {
      await page.goto(`${household.url}/#/`)
      await page.getByRole('article', { name: 'Living Room' }).waitFor()
      await household.revokeToken('reader')
      await page.goto(`${household.url}/#/pair`)
      await page.getByRole('heading', { name: 'A token is needed' }).waitFor()
      t.equal(await page.getByText('Living Room').count(), 0)
    },
  )
})
