import type { Page } from 'playwright-core'
import t from 'tap'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { violations } from './accessible.ts'
import { SIZES, startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS, type MemberName } from './household.ts'

function card(page: Page, name: string) {
  return page.getByRole('article', { name, exact: true })
}

function slider(page: Page, name: string, of = 'Target temperature') {
  return card(page, name).getByRole('slider', { name: of, exact: true })
}

/** The name of what the keyboard acts on. */
function focused(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement.getAttribute("aria-label")')
}

/** Waits until a slider says this to people who listen. */
async function says(page: Page, name: string, text: string, of?: string): Promise<void> {
  const found = slider(page, name, of)
  await found.and(page.locator(`[aria-valuetext="${text}"]`)).waitFor({ state: 'attached' })
}

/** Waits until the line of a card says this. */
async function tells(page: Page, name: string, text: string | RegExp): Promise<void> {
  await card(page, name).getByRole('status').filter({ hasText: text }).waitFor()
}

async function targetsAsked(household: Household, name: MemberName): Promise<unknown[]> {
  const { changes } = await household.ask('GET', `/api/changes?serial=${MEMBERS[name].serial}`)
  return (changes as JsonObject[])
    .filter(({ command }) => command === 'set_temperature')
    .map(({ parts }) => {
      const [{ fields = {} } = {}] = parts as { fields?: JsonObject }[]
      const { target_temperature: target, target_temperature_low: low } = fields
      return target ?? { low, high: fields.target_temperature_high }
    })
}

t.test('the home', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open()
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const { page, troubles } = await visit(t, browser, household.url)
  await card(page, 'Living Room').waitFor()

  await t.test('has a card per thermostat, in the order of their names', async (t) => {
    const names = await page.getByRole('article').getByRole('heading').allTextContents()
    t.equal(names.length, 7)
    t.same(names.slice(1), ['Attic', 'Bathroom', 'Bedroom', 'Cellar', 'Guest Room', 'Living Room'])
    const living = card(page, 'Living Room')
    for (const text of [
      'Heat to',
      'Heating',
      'now 19.4 °C',
      'Online',
      'Humidity 42%',
      'Fan auto',
    ]) {
      await living.getByText(text, { exact: true }).waitFor()
    }
    await says(page, 'Living Room', '21 °C')
    await card(page, 'Attic')
      .getByText(/^Not heard from since/)
      .waitFor()
    await card(page, 'Attic').getByText('last 14.2 °C').waitFor()
    await card(page, 'Bedroom').getByText('Leaf').waitFor()
    await card(page, 'Guest Room').getByRole('link', { name: 'Pair it' }).waitFor()
    t.ok(await card(page, 'Guest Room').getByRole('button', { name: 'Warmer' }).isDisabled())
  })

  await t.test('a name with a script, ESC and right-to-left marks is only a name', async (t) => {
    const [name = ''] = await page.getByRole('article').getByRole('heading').allTextContents()
    t.match(name, /^<script>alert\(1\)<\/script>/)
    t.equal(name.length, 200)
    const odd = page.getByRole('article').filter({ hasText: '<script>' })
    await odd.getByText('now 70 °F').waitFor()
    await odd.getByRole('button', { name: 'Warmer' }).click()
    await odd.getByRole('status').filter({ hasText: 'Confirmed' }).waitFor()
    t.equal(
      await odd.getByRole('slider').getAttribute('aria-valuetext'),
      '69 °F',
      'one Fahrenheit warmer',
    )
    t.same(troubles, [])
  })

  await t.test('presses are shown at once, and sent as one change', async (t) => {
    const warmer = card(page, 'Living Room').getByRole('button', { name: 'Warmer' })
    for (let i = 0; i < 3; i += 1) await warmer.click()
    await says(page, 'Living Room', '22.5 °C')
    await tells(page, 'Living Room', 'Confirmed')
    t.same(await targetsAsked(household, 'heating'), [22.5])
    t.equal(household.thermostat('heating').value('shared').target_temperature, 22.5)
    t.equal(await focused(page), 'Warmer', 'the focus stays on the button')
  })

  await t.test('the dial is turned with the keyboard alone', async (t) => {
    await card(page, 'Living Room').getByRole('link').focus()
    await page.keyboard.press('Tab')
    t.equal(await focused(page), 'Target temperature')
    for (const key of ['PageDown', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(key)
    await says(page, 'Living Room', '19.5 °C')
    await household
      .thermostat('heating')
      .waitFor('the target', (it) => it.value('shared').target_temperature === 19.5 || undefined)
    await tells(page, 'Living Room', 'Confirmed')
    for (const [key, text] of [
      ['Home', '4.5 °C'],
      ['End', '32 °C'],
    ] as const) {
      await page.keyboard.press(key)
      await says(page, 'Living Room', text)
    }
  })

  await t.test('the dial is dragged, and sent when the hand lets go', async (t) => {
    await card(page, 'Cellar').locator('.dial').scrollIntoViewIfNeeded()
    const knob = await slider(page, 'Cellar').boundingBox()
    const arc = await card(page, 'Cellar').locator('.dial').boundingBox()
    if (knob === null || arc === null) throw new Error('nothing to drag')
    await page.mouse.move(knob.x + knob.width / 2, knob.y + knob.height / 2)
    await page.mouse.down()
    // To the top, which is the middle of 9 and 32.
    await page.mouse.move(arc.x + arc.width / 2, arc.y + arc.height * 0.08, { steps: 8 })
    await says(page, 'Cellar', '20.5 °C')
    t.same(await targetsAsked(household, 'deaf'), [], 'nothing is sent while the hand moves')
    await page.mouse.up()
    await tells(page, 'Cellar', /On its way|Waits for the thermostat/)
    t.same(await targetsAsked(household, 'deaf'), [20.5])
  })

  await t.test('a range has two handles that keep their distance', async (t) => {
    const low = slider(page, 'Bedroom', 'Target temperature low')
    const high = slider(page, 'Bedroom', 'Target temperature high')
    await low.focus()
    await page.keyboard.press('End')
    await says(page, 'Bedroom', '23.5 °C', 'Target temperature low')
    t.equal(await high.getAttribute('aria-valuetext'), '25 °C')
    await tells(page, 'Bedroom', 'Confirmed')
    await card(page, 'Bedroom').getByRole('button', { name: 'Cooler' }).click()
    await says(page, 'Bedroom', '24.5 °C', 'Target temperature high')
    await household
      .thermostat('range')
      .waitFor('both bounds', (it) => it.value('shared').target_temperature_low === 23 || undefined)
    t.equal(household.thermostat('range').value('shared').target_temperature_high, 24.5)
  })

  await t.test('what is done at the dial of the thermostat counts, and is told', async () => {
    household.thermostat('heating').turnDial(18)
    await says(page, 'Living Room', '18 °C')
    await card(page, 'Living Room').getByRole('button', { name: 'Warmer' }).click()
    await says(page, 'Living Room', '18.5 °C')
    await tells(page, 'Living Room', 'Confirmed')
  })

  await t.test('in eco one tap leads back', async (t) => {
    const bathroom = card(page, 'Bathroom')
    t.ok(await bathroom.getByRole('button', { name: 'Warmer' }).isDisabled())
    await says(page, 'Bathroom', '16 °C, eco')
    await bathroom.getByRole('button', { name: 'End eco' }).click()
    await says(page, 'Bathroom', '20.5 °C')
    t.notOk(await bathroom.getByRole('button', { name: 'Warmer' }).isDisabled())
  })

  await t.test('when it is off, one tap turns it on', async () => {
    await household.command('heating', 'set_mode', 'off')
    const living = card(page, 'Living Room')
    await living.getByText('Nothing runs').waitFor()
    await living.getByRole('button', { name: 'Turn on: Heat' }).click()
    await says(page, 'Living Room', '18.5 °C')
  })

  await t.test('one tap brings the whole home to eco, and another one back', async () => {
    const presence = page.getByRole('group', { name: 'Presence' })
    const away = presence.getByRole('button', { name: 'Away' })
    await away.click()
    await page.getByRole('article').getByRole('button', { name: 'End eco' }).nth(5).waitFor()
    await presence.locator('[aria-pressed="true"]', { hasText: 'Away' }).waitFor()
    await card(page, 'Living Room').getByRole('button', { name: 'End eco' }).click()
    await page.getByText('5 of 6 in eco').waitFor()
    await presence.getByRole('button', { name: 'At home' }).click()
    await presence.locator('[aria-pressed="true"]', { hasText: 'At home' }).waitFor()
    for (const name of ['Attic', 'Bathroom', 'Bedroom', 'Cellar', 'Living Room']) {
      const end = card(page, name).getByRole('button', { name: 'End eco' })
      await end.waitFor({ state: 'detached' })
    }
  })

  await t.test('two browsers at once show the same, and the last wish counts', async (t) => {
    const { page: other } = await visit(t, browser, household.url, { size: 'phone' })
    await says(other, 'Living Room', '18.5 °C')
    await card(other, 'Living Room').getByRole('button', { name: 'Warmer' }).click()
    await says(page, 'Living Room', '19 °C')
    await card(page, 'Living Room').getByRole('button', { name: 'Cooler' }).click()
    await says(other, 'Living Room', '18.5 °C')
  })

  await t.test('it is accessible and fits, in every size, light and dark', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], colorScheme)
    }
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      t.ok(Number(width) <= viewport.width, size)
    }
    await page.setViewportSize(SIZES.desktop)
  })

  await t.test('a server that is gone is told, and found again', async (t) => {
    await household.killServer()
    await page.getByRole('alert').getByText('The server does not answer').waitFor()
    await card(page, 'Living Room').getByRole('button', { name: 'Warmer' }).click()
    await tells(page, 'Living Room', 'Not sent: the server does not answer')
    await says(page, 'Living Room', '18.5 °C')
    await household.startServer()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await card(page, 'Living Room').getByText('Online').waitFor()
    await card(page, 'Living Room').getByRole('button', { name: 'Warmer' }).click()
    await says(page, 'Living Room', '19 °C')
    await tells(page, 'Living Room', 'Confirmed')
    t.same(
      troubles.filter((trouble) => !/ERR_|Failed to load resource/.test(trouble)),
      [],
    )
  })

  await t.test('who may only read is told so once, and sees everything', async (t) => {
    const token = await household.token('read')
    const { page: reader } = await visit(t, browser, 'about:blank')
    const headers = { Origin: household.url }
    await reader
      .context()
      .request.post(`${household.url}/api/session`, { data: { token }, headers })
    await reader.goto(household.url)
    await reader.getByText('You may look, not change anything').waitFor()
    await says(reader, 'Living Room', '19 °C')
    for (const name of ['Warmer', 'Cooler']) {
      t.ok(await card(reader, 'Living Room').getByRole('button', { name }).isDisabled())
    }
    t.ok(await slider(reader, 'Living Room').isDisabled())
  })
})
