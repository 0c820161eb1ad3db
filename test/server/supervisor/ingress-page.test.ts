import t from 'tap'
import { modelProfile } from '../../../src/virtual/index.ts'
import { FakeSupervisor, INGRESS_PATH, PERSON } from '../../helpers/fake-supervisor.ts'
import { startBrowser, visit, withoutBrowser } from '../../web/browser.ts'
import { LoggedServer } from '../mqtt/logged-server.ts'

const SERIAL = '02AA01AC0A000001'
const NAME = 'Living Room'

t.test(
  'the page within Home Assistant, in a frame below a path',
  { skip: withoutBrowser },
  async (t) => {
    const fake = await FakeSupervisor.start(t)
    const nle = await LoggedServer.open(
      undefined,
      { REQUIRE_TOKEN: 'yes', DEFER_DEVICE_WINDOW: '0' },
      undefined,
      fake.supervisor,
    )
    t.teardown(() => nle.close())
    await nle.log.until(({ event }) => event === 'the page is within Home Assistant')
    const thermostat = nle.startThermostat(SERIAL, {
      ...modelProfile({ kind: 'heat-only' }),
      name: NAME,
    })
    const code = await thermostat.whenCode()
    const browser = await startBrowser(t)
    const { page, troubles } = await visit(t, browser, fake.url, { size: 'phone' })
    await page.addStyleTag({ content: 'iframe { border: 0; width: 100%; height: 760px }' })
    const frame = page.frameLocator('iframe')

    await t.test('asks for no token, and pairs', async (t) => {
      await frame.getByText('One thermostat shows its code').waitFor()
      await frame.getByRole('link', { name: 'Type the code here' }).click()
      await frame.getByLabel('Entry code').fill(code)
      await frame.getByRole('button', { name: 'Pair', exact: true }).click()
      await frame.getByRole('status').filter({ hasText: 'is paired' }).waitFor()
      t.ok(thermostat.paired)
    })

    await t.test('sends a command, and sees what happens at the thermostat', async () => {
      await frame.getByRole('link', { name: 'Home', exact: true }).first().click()
      await frame.getByRole('link', { name: NAME }).click()
      await frame.getByRole('slider', { name: 'Target temperature' }).press('PageUp')
      await frame.getByRole('status').filter({ hasText: 'Confirmed' }).waitFor()
      thermostat.turnDial(17)
      const says17 = frame.locator('[aria-valuetext="17 °C"]')
      await says17.waitFor({ state: 'attached' })
    })

    await t.test('says as whom one may do everything', async (t) => {
      await frame.getByRole('link', { name: 'Settings' }).first().click()
      await frame.getByText(`Home Assistant lets you in as ${PERSON.name}.`).waitFor()
      t.equal(await frame.getByText('Sign in').count(), 0)
    })

    t.ok(page.frames().some((each) => each.url().startsWith(`${fake.url}${INGRESS_PATH}/#/`)))
    t.same(troubles, [])
  },
)
