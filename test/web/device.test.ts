import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { violations } from './accessible.ts'
import { SIZES, startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS, type MemberName } from './household.ts'

function panel(page: Page, name: string) {
  return page.getByRole('region', { name, exact: true })
}

/** Opens all that can be folded. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
}

async function confirmed(page: Page): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Confirmed' }).waitFor()
}

t.test('the view of one thermostat', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating', 'range', 'eco', 'odd', 'waiting'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const open = async (t: Test, name: MemberName) => {
    const url = `${household.url}#/device/${MEMBERS[name].serial}`
    const visitor = await visit(t, browser, url)
    await visitor.page.getByRole('button', { name: 'Warmer' }).waitFor()
    return visitor
  }
  /** Waits until the thermostat itself has a value. */
  const has = (name: 'heating' | 'range' | 'eco' | 'odd', field: string, value: unknown) =>
    household
      .thermostat(name)
      .waitFor(
        field,
        (it) => [it.value('device')[field], it.value('shared')[field]].includes(value) || undefined,
      )

  await t.test('is reached from the card, and turns the target', async (t) => {
    const { page } = await visit(t, browser, household.url)
    await page.getByRole('link', { name: 'Living Room' }).click()
    await page.getByRole('heading', { name: 'Living Room', level: 1 }).waitFor()
    await page.getByRole('slider', { name: 'Target temperature' }).focus()
    await page.keyboard.press('PageUp')
    await has('heating', 'target_temperature', 23)
    await confirmed(page)
  })

  await t.test('modes are those that it is wired for', async (t) => {
    const { page } = await open(t, 'eco')
    const modes = page.getByRole('group', { name: 'Mode' }).getByRole('button')
    t.same(await modes.allTextContents(), ['Heat', 'Off'])
    const { page: pump } = await open(t, 'odd')
    const modesOfPump = pump.getByRole('group', { name: 'Mode' })
    await modesOfPump.getByRole('button', { name: 'Emergency heat' }).click()
    await has('odd', 'target_temperature_type', 'emergency')
    await modesOfPump.getByRole('button', { name: 'Cool', exact: true }).click()
    await has('odd', 'target_temperature_type', 'cool')
    await pump.getByText('Cool to', { exact: true }).waitFor()
    await modesOfPump.getByRole('button', { name: 'Off' }).click()
    await pump.getByText('no temperature counts').waitFor()
  })

  await t.test('the fan runs for a while, and stops', async (t) => {
    const { page } = await open(t, 'heating')
    const fan = panel(page, 'Fan')
    const choices = await fan.getByLabel('Run the fan for').locator('option').allTextContents()
    t.same([choices.at(0), choices.at(-1)], ['15 min', '12 h'])
    await fan.getByLabel('Run the fan for').selectOption('15 min')
    await fan.getByRole('button', { name: 'Run' }).click()
    await fan.getByText(/^Runs until .*, 15 min left$/).waitFor()
    await has('heating', 'fan_timer_duration', 900)
    await fan.getByRole('button', { name: 'Stop' }).click()
    await fan.getByText('Runs with heating and cooling only').waitFor()
    await has('heating', 'fan_timer_timeout', 0)
  })

  await t.test('hot water is boosted', async (t) => {
    const { page } = await open(t, 'eco')
    const water = panel(page, 'Hot water')
    await water.getByLabel('Boost for').selectOption('30 min')
    await water.getByRole('button', { name: 'Boost' }).click()
    await water.getByText(/Boosted until .*, 30 min left/).waitFor()
    await water.getByRole('button', { name: 'Stop' }).click()
    await water.getByText(/Boosted until/).waitFor({ state: 'detached' })
    await has('eco', 'hot_water_boost_time_to_end', 0)
    const { page: other } = await open(t, 'heating')
    t.equal(await panel(other, 'Hot water').count(), 0)
  })

  await t.test(
    'settings have label, unit and range, and are checked before they are sent',
    async (t) => {
      const { page, troubles } = await open(t, 'range')
      const settings = panel(page, 'Settings')
      const eco = settings.getByRole('group', { name: 'Eco' }).first()
      const heatBelow = eco.getByLabel('Heat below')
      t.equal(await heatBelow.inputValue(), '16')
      await settings.getByText('4.5 to 21 °C', { exact: true }).waitFor()
      await heatBelow.fill('30')
      await heatBelow.press('Enter')
      await settings.getByText('Only 4.5 to 21 °C.').waitFor()
      t.equal(household.thermostat('range').value('device').away_temperature_low, 16)
      await heatBelow.fill('17,5')
      await heatBelow.press('Enter')
      await has('range', 'away_temperature_low', 17.5)
      await settings.getByText('Only 4.5 to 21 °C.').waitFor({ state: 'detached' })
      await eco.getByLabel('Cool at all').check()
      await has('range', 'away_temperature_high_enabled', true)
      await settings.getByText('Display and behaviour').click()
      await settings.getByLabel('Unit on the display').selectOption('F')
      await has('range', 'temperature_scale', 'F')
      // 17.5 °C, as the thermostat shows it from now on.
      await settings.getByText('41 to 69 °F', { exact: true }).waitFor()
      t.equal(await heatBelow.inputValue(), '64')
      t.equal(await settings.getByLabel('Hot water: mode').isVisible(), false)
      await settings.getByText('Settings that it does not report').click()
      await settings.getByLabel('Hot water: mode').waitFor()
      t.same(troubles, [])
    },
  )

  await t.test('it is renamed, and the focus comes back', async (t) => {
    const { page } = await open(t, 'range')
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Name').fill('Bedroom <b>upstairs</b>')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Bedroom <b>upstairs</b>', level: 1 }).waitFor()
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Rename')
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Rename' }).waitFor()
  })

  await t.test('the changes are listed in words, the newest first', async (t) => {
    const { page } = await open(t, 'range')
    const changes = panel(page, 'Changes')
    const newest = changes.getByRole('listitem').first()
    await newest.getByText('Name Bedroom <b>upstairs</b>').waitFor()
    await newest.getByText('confirmed').waitFor()
    await changes.getByText('Eco: heat below → 64 °F').waitFor()
    await page.getByRole('button', { name: 'Cooler' }).click()
    await newest.getByText(/^Target \d+–\d+ °F$/).waitFor()
  })

  await t.test('technical details are all that the server tells', async (t) => {
    const { page } = await open(t, 'heating')
    await page.getByText('Technical details').click()
    await page.getByText('battery_voltage').waitFor()
    await page.getByText(MEMBERS.heating.serial).waitFor()
  })

  await t.test('it is accessible and fits, in every size, light and dark', async (t) => {
    for (const [name, colorScheme] of [
      ['range', 'light'],
      ['eco', 'dark'],
    ] as const) {
      const { page } = await open(t, name)
      await panel(page, 'Settings').getByText('Learning').waitFor()
      await page.emulateMedia({ colorScheme })
      await unfold(page)
      t.same(await violations(page), [], name)
    }
    const { page } = await open(t, 'odd')
    await panel(page, 'Settings').getByText('Learning').waitFor()
    await unfold(page)
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      t.ok(Number(width) <= viewport.width, size)
    }
  })

  await t.test('unpairing asks first, and says what it means', async (t) => {
    const { page } = await open(t, 'heating')
    await page.getByRole('button', { name: 'Unpair' }).click()
    const dialog = page.getByRole('dialog', { name: 'Unpair this thermostat?' })
    await dialog.getByText('Living Room goes on by its own schedule').waitFor()
    t.same(await violations(page), [])
    await dialog.getByRole('button', { name: 'Keep it' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Unpair' }).click()
    await dialog.getByRole('button', { name: 'Unpair' }).click()
    await page.getByRole('link', { name: 'Pair it' }).waitFor()
    t.ok(await page.getByRole('button', { name: 'Warmer' }).isDisabled())
  })

  await t.test('a serial that is not known leads home', async (t) => {
    const { page } = await visit(t, browser, `${household.url}#/device/02AA01AC00000000`)
    await page.getByText('There is no thermostat with this serial.').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Home' }).click()
    await page.getByRole('article').first().waitFor()
  })
})
