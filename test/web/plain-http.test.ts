import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startBrowser, visit } from './browser.ts'
import { Household, MEMBERS } from './household.ts'
import { otherMachine, withoutOtherMachine } from './other-machine.ts'

// Browsers trust localhost more than any other address on plain HTTP, so this is a browser on another machine.

const skip = withoutOtherMachine
const { name, serial } = MEMBERS.heating

t.test('the page works on plain HTTP at an address and at a name', { skip }, async (t) => {
  const household = await Household.open({
    members: ['heating'],
    settings: { CONTROL_HOST: '0.0.0.0' },
  })
  t.teardown(() => household.close())
  const { thisMachine, chromium } = otherMachine(t)
  const browser = await startBrowser(t, {
    executablePath: chromium,
    flags: [`--host-resolver-rules=MAP nle.local ${thisMachine}`],
  })
  const { port } = new URL(household.url)

  for (const host of [thisMachine, 'nle.local']) {
    await t.test(`http://${host}`, async (t) => {
      const { page, troubles } = await visit(t, browser, `http://${host}:${port}/`)
      t.equal(await page.evaluate('isSecureContext'), false, 'as at home')
      await page.getByRole('article', { name }).waitFor()
      const encoding = await page.evaluate(
        "fetch('.', { headers: { Accept: 'text/html' } }).then((answer) => answer.headers.get('content-encoding'))",
      )
      t.equal(encoding, 'gzip', 'browsers take nothing smaller here')
      t.same(troubles, [])
    })
  }

  await t.test('a token is exchanged for a session', async (t) => {
    const token = await household.token('control')
    const { page } = await visit(t, browser, `http://${thisMachine}:${port}/`)
    const call = (method: string, path: string, body?: object) =>
      page.evaluate<number>(
        `fetch('.${path}', ${JSON.stringify({
          method,
          headers: { 'Content-Type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })}).then(({ status }) => status)`,
      )
    t.equal(await call('GET', '/api/devices'), 401)
    t.equal(await call('POST', '/api/session', { token }), 200)
    t.equal(await page.evaluate('document.cookie'), '', 'scripts see nothing of it')
    await page.reload()
    t.equal(await call('GET', '/api/devices'), 200)
    const warmer = { serial, command: 'set_temperature', value: 22 }
    t.equal(await call('POST', '/command', warmer), 200)

    await t.test('which a page at another port of that machine cannot use', async (t) => {
      const other = createServer((_, response) => response.end('another program'))
      t.teardown(() => other.close())
      await new Promise<void>((resolve) => other.listen(0, '0.0.0.0', resolve))
      const { port: otherPort } = other.address() as AddressInfo
      const elsewhere = await page.context().newPage()
      await elsewhere.goto(`http://${thisMachine}:${otherPort}/`)
      const changes = async () =>
        ((await household.ask('GET', '/api/changes')).changes as { id: number }[]).map(
          ({ id }) => id,
        )
      const before = await changes()
      for (const mode of ['cors', 'no-cors']) {
        const sent = { method: 'POST', mode, credentials: 'include' }
        const hotter = JSON.stringify({ ...warmer, value: 30 })
        await elsewhere.evaluate(
          `fetch('http://${thisMachine}:${port}/command', ${JSON.stringify({ ...sent, body: hotter })}).catch(String)`,
        )
      }
      t.same(await changes(), before)
    })

    t.equal(await call('DELETE', '/api/session'), 200)
    t.equal(await call('GET', '/api/devices'), 401)
  })
})
