import type { ServerResponse } from 'node:http'
import t from 'tap'
import { startHome } from '../../helpers/home.ts'
import { ReceiverServer } from '../../server/notify/receiver-server.ts'
import { violations } from '../accessible.ts'
import { startBrowser, visit, withoutBrowser } from '../browser.ts'

const ODD = `<b>${'long'.repeat(14)}</b>`

t.test('notifications on the page', { skip: withoutBrowser }, async (t) => {
  const home = await startHome(t)
  const receiver = await ReceiverServer.start(t)
  const browser = await startBrowser(t)
  const { page, troubles } = await visit(t, browser, `${home.server.controlUrl}/#/settings`)
  const panel = page.getByRole('region', { name: 'Notifications' })
  const add = panel.getByRole('button', { name: 'Add it' })
  const focused = () => page.evaluate('document.activeElement.textContent')

  await t.test('says what the owner types, while nobody is signed in', async (t) => {
    await panel.getByText('Nobody is told yet').waitFor()
    await panel.getByText('nle notify add …').waitFor()
    t.equal(await add.count(), 0)
  })

  const { body } = await home.askHere('POST', '/api/tokens', { name: 'owner', scope: 'admin' })
  await page.reload()
  await page.getByLabel('Token', { exact: true }).fill(String(body.token))
  await page.keyboard.press('Enter')
  await page.getByText('This browser is signed in').waitFor()

  await t.test('says what is missing, and what the server refuses', async (t) => {
    await panel.getByText('Add a phone or a webhook').click()
    await add.click()
    await panel.getByText('Give its address').waitFor()
    await panel.getByLabel('Address').fill('http://169.254.169.254/topic')
    await add.click()
    await panel.getByText('nothing is sent there').waitFor()
    t.equal(await panel.getByLabel('Address').inputValue(), 'http://169.254.169.254/topic')
  })

  await t.test('adds a webhook, and shows its secret once', async (t) => {
    await panel.getByLabel('Where to').selectOption('Webhook')
    await panel.getByLabel('Address').fill(receiver.url)
    await panel.getByLabel('Its name').fill(ODD)
    await panel.getByLabel('Air filter due').press('Space')
    await panel.getByLabel('Quiet from').fill('22:00')
    await panel.getByLabel('Quiet until').fill('07:00')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
    await page.setViewportSize({ width: 320, height: 640 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    await add.click()
    await panel.getByText('which is not shown again').waitFor()
    t.match(await focused(), 'which is not shown again', 'where a screen reader goes on')
    const secret = panel.getByText(/^[-\w]{32}$/)
    t.equal(await secret.count(), 1)
    await panel.getByRole('button', { name: 'Copy: Secret' }).waitFor()
    t.same(await violations(page), [])
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    await panel.getByRole('button', { name: 'I have saved it' }).click()
    await secret.waitFor({ state: 'detached' })
    await panel.getByText(/^Told of: Thermostat not reachable, Battery low, Too cold/).waitFor()
    await panel.getByText('Quiet 22:00–07:00').waitFor()
    await panel.getByText('Told nothing since the server was started').waitFor()
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  await t.test('sends a test, and says what the receiver said', async (t) => {
    const test = panel.getByRole('button', { name: `Test ${ODD}` })
    await test.click()
    await panel.getByText('It took the test, and answered 200').waitFor()
    t.same(receiver.told, ['test begun'])
    t.ok(receiver.received[0]?.headers['x-nle-signature'])
    receiver.answer = (response: ServerResponse) => {
      response.statusCode = 404
      response.end()
    }
    await test.press('Enter')
    await panel.getByText('It answered 404 Not Found').waitFor()
    t.equal(await focused(), 'Test')
    t.same(await violations(page), [])
  })

  await t.test('removes it after a question', async (t) => {
    await panel.getByRole('button', { name: `Remove ${ODD}` }).click()
    t.equal(await focused(), 'Keep it')
    await panel.getByRole('button', { name: 'Remove', exact: true }).click()
    await panel.getByText('Nobody is told yet').waitFor()
    await panel.getByText(`“${ODD}” is told nothing more.`).waitFor()
    t.equal(await focused(), `“${ODD}” is told nothing more.`)
  })

  await t.test('adds an ntfy topic, which has no secret, and leaves an empty form', async (t) => {
    await panel.getByText('Add a phone or a webhook').click()
    await panel.getByLabel('Address').fill(receiver.url)
    await page.keyboard.press('Enter')
    await panel.getByText('“127.0.0.1” is told from now on. Send it a test.').waitFor()
    await panel.getByText('Told of everything').waitFor()
    await panel.getByText('Add a phone or a webhook').click()
    t.equal(await panel.getByLabel('Address').inputValue(), '')
  })

  await t.test('says how backups are made every night', async () => {
    const backup = page.getByRole('region', { name: 'Backup' })
    await backup.getByText('None is made by itself').waitFor()
    await backup.getByText('BACKUP_DIR=/var/lib/nle/backups').waitFor()
  })

  t.same(
    troubles.filter((each) => !/status of (400|401|502)/.test(each)),
    [],
  )
})
