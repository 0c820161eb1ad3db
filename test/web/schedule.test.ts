import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { timeText } from '../../src/protocol/schedule/days.ts'
import { weekSetpoints } from '../../src/protocol/schedule/week.ts'
import { violations } from './accessible.ts'
import { startBrowser, visit, withoutBrowser } from './browser.ts'
import { Household, MEMBERS } from './household.ts'

const { serial } = MEMBERS.heating
/** Monday 7:00 of the virtual thermostat's own week. */
const MONDAY = 'Monday 07:00, 20 °C'

/** A day of the week that the thermostat itself has: `07:00 20`. */
function dayOf(household: Household, day: number): string[] {
  const schedule = household.thermostat('heating').buckets().get(`schedule.${serial}`)?.value
  return (weekSetpoints(schedule as JsonObject)[day] ?? []).map(
    ({ at, temps }) => `${timeText(at)} ${temps.join('–')}`,
  )
}

async function until(household: Household, what: string, holds: () => boolean): Promise<void> {
  await household.thermostat('heating').waitFor(what, () => holds() || undefined)
}

/** The handle of a setpoint in the picture. */
function setpoint(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true })
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('status').getByText('Confirmed').waitFor()
}

t.test('the schedule', { skip: withoutBrowser }, async (t) => {
  const household = await Household.open({ members: ['heating', 'range'] })
  t.teardown(() => household.close())
  const browser = await startBrowser(t)
  const open = async (t: Test, size: 'desktop' | 'phone' | 'small' = 'desktop') =>
    visit(t, browser, `${household.url}#/schedule/${serial}`, { size })

  await t.test('is changed with the keyboard alone, and saved as one change', async (t) => {
    const { page, troubles } = await open(t)
    await setpoint(page, MONDAY).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await setpoint(page, 'Monday 07:15, 21 °C').waitFor()
    t.equal(
      await page.evaluate('document.activeElement.getAttribute("aria-label")'),
      'Monday 07:15, 21 °C',
      'the focus stays on the setpoint',
    )
    await page.getByText('Changed: Monday').waitFor()
    await save(page)
    await until(household, 'the new week', () => dayOf(household, 0)[0] === '07:15 21')
    const { changes } = await household.ask('GET', `/api/changes?serial=${serial}`)
    const saves = (changes as JsonObject[]).filter(({ command }) => command === 'set_schedule')
    t.equal(saves.length, 1)
    t.strictSame(troubles, [])
  })

  await t.test('a setpoint is dragged in time and temperature', async (t) => {
    const { page } = await open(t)
    const handle = page.getByRole('button', { name: /^Tuesday 07:00/ })
    const box = await handle.boundingBox()
    const strip = await page.locator('.day-strip').nth(1).boundingBox()
    if (box === null || strip === null) throw new Error('nothing to drag')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + strip.width / 24, y - 16, { steps: 5 })
    await setpoint(page, 'Tuesday 08:00, 21 °C').waitFor()
    await page.mouse.up()
    await page.getByText('Changed: Tuesday').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await setpoint(page, 'Tuesday 07:00, 20 °C').waitFor()
    await page.getByRole('button', { name: 'Redo' }).click()
    await setpoint(page, 'Tuesday 08:00, 21 °C').waitFor()
    await page.getByRole('button', { name: 'Discard' }).click()
    await setpoint(page, 'Tuesday 07:00, 20 °C').waitFor()
  })

  await t.test('a setpoint is added, removed, and a day copied to others', async (t) => {
    const { page } = await open(t)
    await page.getByRole('button', { name: 'Add a setpoint to Wednesday' }).click()
    await page.keyboard.press('ArrowDown')
    const wednesday = page.getByRole('region', { name: 'Wednesday' })
    t.equal(await wednesday.getByRole('button', { name: /^Remove/ }).count(), 3)
    await wednesday.getByRole('checkbox', { name: 'Fri' }).check()
    await wednesday.getByRole('checkbox', { name: 'Sun' }).check()
    await wednesday.getByRole('button', { name: 'Copy', exact: true }).click()
    await page.getByText('Changed: Wednesday, Friday, Sunday').waitFor()
    await save(page)
    await until(household, 'three days', () => dayOf(household, 6).length === 3)
    t.strictSame(dayOf(household, 4), dayOf(household, 2))
    await page.getByRole('button', { name: /^Friday 14:/ }).focus()
    await page.keyboard.press('Delete')
    await page.getByText('Changed: Friday').waitFor()
  })

  await t.test('the list does without the picture', async (t) => {
    const { page } = await open(t)
    await page.getByRole('button', { name: 'List' }).click()
    const thursday = page.getByRole('region', { name: 'Thursday' })
    await thursday.getByLabel('Time of 07:00').fill('06:30')
    await thursday.getByLabel('Time of 06:30').blur()
    await thursday.getByLabel('Temperature at 06:30').fill('50')
    await thursday.getByLabel('Temperature at 06:30').blur()
    // What thermostats do not take is moved to the nearest that they do.
    const field = '[aria-label="Temperature at 06:30"]'
    await page.waitForFunction(`document.querySelector('${field}').value === '32'`)
    await page.getByText('Changed: Thursday').waitFor()
  })

  await t.test('changes stay while a person looks elsewhere on the page', async (t) => {
    const { page } = await open(t)
    await page.getByRole('button', { name: /^Saturday 07:00/ }).focus()
    await page.keyboard.press('ArrowUp')
    await page.getByText('Changed: Saturday').waitFor()
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('link', { name: 'Schedule' }).click()
    await page.getByText('Changed: Saturday').waitFor()
  })

  await t.test('says so when somebody else changed the week meanwhile', async (t) => {
    const { page } = await open(t)
    await page.getByRole('button', { name: /^Saturday 07:00/ }).focus()
    await page.keyboard.press('ArrowUp')
    await household.command('heating', 'set_schedule', {
      schedule_mode: 'HEAT',
      days: { 0: { 0: { time: 3600, temp: 15 } } },
    })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('alert').getByText('Somebody else changed this schedule').waitFor()
    await page.getByRole('button', { name: 'Show theirs, give up mine' }).click()
    await setpoint(page, 'Monday 01:00, 15 °C').waitFor()
  })

  await t.test('a week goes to another thermostat, which saves it', async (t) => {
    const { page } = await open(t)
    await page.getByLabel('Copy the week to').selectOption({ label: 'Bedroom' })
    await page.getByRole('combobox', { name: 'Thermostat' }).waitFor()
    await page.getByText('Changed: the whole week').waitFor()
    await save(page)
  })

  await t.test('fits a phone, with time from top to bottom', async (t) => {
    const { page } = await open(t, 'small')
    await page
      .getByRole('button', { name: /^Monday/ })
      .first()
      .focus()
    await page.keyboard.press('ArrowDown')
    await page.getByText(/Changed: /).waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const view of ['Week', 'List'] as const) {
      await t.test(`is accessible: ${view}, ${colorScheme}`, async (t) => {
        const { page } = await visit(t, browser, `${household.url}#/schedule/${serial}`, {
          colorScheme,
        })
        await page.getByRole('button', { name: view }).click()
        await page
          .getByRole('region', { name: 'Saturday' })
          .or(page.locator('.week'))
          .first()
          .waitFor()
        t.strictSame(await violations(page), [])
      })
    }
  }
})
