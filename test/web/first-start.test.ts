import t from 'tap'
import { violations } from './accessible.ts'
import { SIZES, startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

const ATTIC = {
  ip: '192.168.1.21',
  device_name: 'Attic',
  cloudregisterurl: 'https://elsewhere.example/entry',
  configured: false,
}

t.test('a first start, and bringing a thermostat here', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: [] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page, troubles } = await visit(t, browser, household.url)
  const address = `${household.server.deviceUrl}/entry`

  await t.test('shows the address for the thermostat, also as a QR code', async (t) => {
    await page.getByRole('heading', { name: 'Connect your first thermostat' }).waitFor()
    await page.getByText(address).waitFor()
    const code = page.getByRole('img', { name: 'QR code' }).locator('path')
    t.match(await code.getAttribute('d'), /^M3 3h1v1h-1z/)
    await page.getByText('Only the machine of the server itself reaches this address').waitFor()
  })

  await t.test('fits every screen, and has nothing for axe-core to find', async (t) => {
    for (const size of Object.values(SIZES)) {
      await page.setViewportSize(size)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      t.equal(width, size.width)
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
  })

  await t.test('copies where browsers give no clipboard: on plain HTTP', async (t) => {
    await page.addInitScript(`
      Object.defineProperty(window, 'isSecureContext', { value: false })
      Object.defineProperty(navigator, 'clipboard', { value: undefined })
    `)
    await page.reload()
    const copy = page.getByRole('button', { name: 'Copy: Address for the thermostat' })
    await copy.click()
    await page.getByRole('button', { name: 'Copied: Address for the thermostat' }).waitFor()
    await page.goto(`${household.url}/#/pair`)
    await page.getByLabel('Entry code').focus()
    await page.keyboard.press('Control+V')
    t.equal(await page.getByLabel('Entry code').inputValue(), address)
  })

  await t.test('notices a thermostat that shows its code', async (t) => {
    await page.goto(`${household.url}/#/`)
    await page.getByText('Tell it this address').waitFor()
    await household.moveIn('waiting')
    await page.getByText('One thermostat shows its code').waitFor()
    await page.getByRole('link', { name: 'Type the code here' }).click()
    t.ok(await page.getByLabel('Entry code').isVisible())
  })

  await t.test('finds thermostats and makes one use this server, with its key', async (t) => {
    await page.route('**/api/scan-network', (route) =>
      route.fulfill({ json: { devices: [ATTIC], subnet: '192.168.1.0/24' } }),
    )
    await page.route('**/api/configure-nest', (route) => {
      const { ip, api_key: key } = route.request().postDataJSON()
      return ip === ATTIC.ip && key === '02AA01AC12345678'
        ? route.fulfill({ json: { success: true, device_name: 'Attic' } })
        : route.fulfill({ status: 401, json: { success: false, auth_required: true } })
    })
    await page.goto(`${household.url}/#/add`)
    await page.getByRole('button', { name: 'Look for thermostats' }).click()
    await page.getByText('uses https://elsewhere.example/entry').waitFor()
    await page.getByRole('button', { name: 'Use this server: Attic' }).click()
    const key = page.getByLabel('Key of the thermostat')
    await key.fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('It does not take this key').waitFor()
    t.same(await violations(page), [])
    await key.fill('02AA01AC12345678')
    await page.keyboard.press('Enter')
    await page.getByText('It uses this server now').waitFor()
    await page.getByText('uses this server', { exact: true }).waitFor()
  })

  await t.test('says what the server does not like about a network', async () => {
    await page.unroute('**/api/scan-network')
    await page.getByText('Look in another network').click()
    await page.getByLabel('Network', { exact: true }).fill('8.8.8')
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByText('That is no network').waitFor()
    await page.getByLabel('Network', { exact: true }).fill('8.8.8.0/24')
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByText(/is not an address of a home network/).waitFor()
  })

  await t.test('leads on by the keyboard, and is still there after a reload', async (t) => {
    await page.goto(`${household.url}/#/`)
    await page.getByRole('link', { name: 'Next' }).focus()
    await page.keyboard.press('Enter')
    const heading = page.getByRole('heading', { level: 1 })
    await page.getByRole('heading', { name: 'Pair it by its code' }).waitFor()
    t.equal(
      await page.evaluate('document.activeElement.textContent'),
      'Pair it by its code',
      'where a screen reader goes on',
    )
    t.equal(await page.getByRole('link', { name: 'Skip' }).count(), 1, 'nothing is paired yet')
    await page.reload()
    await page.getByLabel('Entry code').waitFor()
    await page.getByRole('link', { name: 'Back' }).click()
    await page.getByText('Tell it this address').waitFor()
    await page.goBack()
    await page.getByLabel('Entry code').waitFor()
    t.equal(await heading.count(), 1)
  })

  await t.test('stays there once a thermostat is paired, and goes on to the rest', async (t) => {
    const code = await household.thermostat('waiting').whenCode()
    await page.getByLabel('Entry code').fill(code)
    await page.keyboard.press('Enter')
    await page.getByText('is paired').waitFor()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByRole('heading', { name: 'Home Assistant, if you use it' }).waitFor()
    await page.getByText('nle mqtt set …').waitFor()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText('nle matter on').waitFor()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText('Nobody is told yet').waitFor()
    await page.getByRole('link', { name: 'Done' }).click()
    await page.getByRole('slider').first().waitFor()
    t.match(page.url(), /#\/$/)
  })

  await t.test('lets the owner name a broker in it, and says why it is not reached', async (t) => {
    const token = await household.token('admin')
    await page.goto(`${household.url}/#/setup/mqtt`)
    await page.reload()
    await page.getByLabel('Token', { exact: true }).fill(token)
    await page.keyboard.press('Enter')
    await page.getByLabel('Broker').fill('127.0.0.1:1')
    await page.keyboard.press('Enter')
    await page.getByText('Not connected to mqtt://127.0.0.1:1').waitFor()
    await page.setViewportSize(SIZES.small)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), SIZES.small.width)
  })

  // The refusals that were asked for.
  t.same(
    troubles.filter((each) => !/status of (400|401)/.test(each)),
    [],
  )
})
