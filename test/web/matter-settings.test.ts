import t, { type Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { FakeBridges, REPORT } from '../helpers/fake-bridges.ts'
import { type Home, startHome } from '../helpers/home.ts'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'

const APPLE = { index: 1, name: 'Apple Home', vendor: 0x1349 }
const ODD = { index: 2, name: `vendor 0xfff4 (<b>${'long'.repeat(30)}</b>)`, vendor: 0xfff4 }
/** A quarter of an hour before the fake bridge closes the window. */
const OPENED_MS = 1_760_000_000_000

async function open(t: Test, config: Partial<Config> = {}) {
  const bridges = new FakeBridges()
  const home = await startHome(t, { config, launchBridge: async () => bridges.launch })
  const browser = await startBrowser(t)
  const { page, troubles } = await visit(t, browser, `${home.server.controlUrl}/#/settings`)
  return { bridges, home, page, troubles, panel: page.getByRole('region', { name: 'Apple Home' }) }
}

type Opened = Awaited<ReturnType<typeof open>>

async function signIn({ home, page }: Opened, scope: 'admin' | 'read'): Promise<void> {
  const token = await tokenOf(home, scope)
  await page.reload()
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.keyboard.press('Enter')
  await page.getByText('This browser is signed in').waitFor()
}

async function tokenOf(home: Home, scope: string): Promise<string> {
  const { body } = await home.askHere('POST', '/api/tokens', { name: scope, scope })
  return String(body.token)
}

t.test('Matter on the page', { skip: withoutBrowser }, async (t) => {
  const opened = await open(t)
  const { home, bridges, page, panel, troubles } = opened
  const picture = panel.getByRole('img', { name: 'QR code for the app' })
  const bridge = panel.getByLabel('Matter bridge')

  await t.test('says what the owner types, while nobody is signed in', async (t) => {
    await panel.getByText('Off. Apps that were paired').waitFor()
    await panel.getByText('not certified').waitFor()
    await panel.getByText('nle matter on', { exact: true }).waitFor()
    t.equal(await bridge.count(), 0)
  })

  await t.test('shows the code when it is switched on, for every app', async (t) => {
    await signIn(opened, 'admin')
    await bridge.focus()
    await page.keyboard.press('Space')
    await panel.getByText('On the network').waitFor()
    t.equal(await bridge.isChecked(), true)
    await picture.waitFor()
    await panel.getByText('1112-851-4311').waitFor()
    await panel.getByText('until the first app is added').waitFor()
    await panel.getByText('tap Add Anyway').waitFor()
    await panel.getByText('250 MB of memory').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
  })

  await t.test('tells why the bridge is down, and follows it back', async () => {
    bridges.last.end('UDP port 5540 is in use')
    await panel.getByText('It does not run: UDP port 5540 is in use.').waitFor()
    await picture.waitFor({ state: 'detached' })
    home.clock.advance(1_000)
    await panel.getByText('On the network').waitFor()
    await panel.getByText('started again once').waitFor()
    await picture.waitFor()
  })

  await t.test('takes the code away once an app is there, and lets another one in', async (t) => {
    bridges.last.report = { ...REPORT, fabrics: [APPLE, ODD], windowUntilMs: null }
    bridges.last.says({ type: 'report', ...bridges.last.report })
    await panel.getByText(ODD.name).waitFor()
    await picture.waitFor({ state: 'detached' })
    await page.clock.setFixedTime(OPENED_MS)
    await panel.getByRole('button', { name: 'Let another app in' }).click()
    await panel.getByText('The code works for 15:00 more').waitFor()
    await picture.waitFor()
    await page.clock.setFixedTime(OPENED_MS + 5_000)
    await panel.getByText('The code works for 14:55 more').waitFor()
    t.equal(await panel.getByRole('button', { name: 'Let another app in' }).count(), 0)
    await page.setViewportSize({ width: 320, height: 640 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    t.same(await violations(page), [])
  })

  await t.test('removes an app and resets, after a question', async (t) => {
    const remove = panel.getByRole('button', { name: 'Remove Apple Home' })
    await remove.click()
    await panel.getByText('It does not see the thermostats any more').waitFor()
    t.same(await violations(page), [])
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Keep it')
    await page.keyboard.press('Enter')
    t.equal(
      await page.evaluate('document.activeElement.getAttribute("aria-label")'),
      'Remove Apple Home',
    )
    await page.keyboard.press('Enter')
    await panel.getByRole('button', { name: 'Remove', exact: true }).click()
    await panel.getByText('Apple Home is removed.').waitFor()
    await panel.getByText('No app is paired yet').waitFor()
    t.match(bridges.last.received.at(-1), { type: 'removeFabric', index: 1 })

    const before = bridges.last.start.passcode
    await panel.getByRole('button', { name: 'Reset' }).click()
    await panel.getByText('Rooms and automations in the apps are lost').waitFor()
    await panel.getByRole('button', { name: 'Reset' }).click()
    await panel.getByText('Every app is removed.').waitFor()
    await picture.waitFor()
    t.not(bridges.last.start.passcode, before)
  })

  await t.test('shows the apps, and no code, to one who may only read', async (t) => {
    bridges.last.says({ type: 'report', ...REPORT, fabrics: [APPLE] })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'A token is needed' }).waitFor()
    await signIn(opened, 'read')
    await panel.getByText('Apple Home', { exact: true }).last().waitFor()
    await panel.getByText('nle matter status', { exact: true }).waitFor()
    t.equal(await picture.count(), 0)
    t.equal(await panel.getByRole('button', { name: 'Remove' }).count(), 0)
  })

  // The browser writes down that it had to sign in.
  t.same(
    troubles.filter((each) => !each.includes('status of 401')),
    [],
  )
})

t.test('Matter on the page, set by MATTER', { skip: withoutBrowser }, async (t) => {
  const opened = await open(t, { matter: true })
  const { panel } = opened
  await signIn(opened, 'admin')
  await panel.getByText('MATTER is set for the server and wins').waitFor()
  t.equal(await panel.getByLabel('Matter bridge').isDisabled(), true)
  await panel.getByRole('img', { name: 'QR code for the app' }).waitFor()
})
