import { type CDPSession, chromium, type Page } from 'playwright-core'
import { CHROMIUM, FLAGS, SIZES } from '../../test/web/browser.ts'
import { Household } from '../../test/web/household.ts'
import { atMost } from '../figure.ts'
import { median } from '../quantile.ts'
import type { Scenario } from '../scenario.ts'

/** What developer tools call fast 3G: bytes a second, and ms to and fro. */
const FAST_3G = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
}
/** A phone that is four times as slow as this machine. */
const SLOWDOWN = 4
const DRAG_STEPS = 120

/** The web page on a slow phone: what its first load weighs, when it paints, what a turn of the dial costs. */
export const page: Scenario = async ({ short }) => {
  const household = await Household.open({ members: ['heating', 'range'] })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  try {
    // The first visitor waits until the page is put together.
    await (await fetch(household.url, { headers: { Accept: 'text/html' } })).text()
    const loads: Load[] = []
    for (let run = 0; run < (short ? 3 : 7); run++) {
      const context = await browser.newContext({ viewport: SIZES.phone })
      loads.push(await firstLoad(await context.newPage(), household.url))
      await context.close()
    }
    const context = await browser.newContext({ viewport: SIZES.phone })
    const dragMs = await dragCost(await context.newPage(), household.url)
    const middle = (of: (load: Load) => number) => median(loads.map(of))
    return [
      {
        scenario: 'page',
        name: 'first load, compressed',
        unit: 'KB',
        value: middle(({ bytes }) => bytes) / 1024,
        target: atMost(90),
      },
      {
        scenario: 'page',
        name: 'first paint, CPU four times slower, fast 3G',
        unit: 'ms',
        value: middle(({ paintMs }) => paintMs),
        target: atMost(1_000),
      },
      {
        scenario: 'page',
        name: 'thermostats shown, the same',
        unit: 'ms',
        value: middle(({ shownMs }) => shownMs),
      },
      {
        scenario: 'page',
        name: 'script per drag event of the dial, CPU four times slower',
        unit: 'ms',
        value: dragMs,
        target: atMost(4),
      },
    ]
  } finally {
    await browser.close()
    await household.close()
  }
}

interface Load {
  /** Of everything that the page asks for before its thermostats are there. */
  readonly bytes: number
  readonly paintMs: number
  readonly shownMs: number
}

async function firstLoad(page: Page, url: string): Promise<Load> {
  const tools = await slowPhone(page)
  let bytes = 0
  tools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  await page.goto(url)
  await page.getByRole('article').first().waitFor()
  const [paintMs, shownMs] = (await page.evaluate(
    "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]",
  )) as [number, number]
  return { bytes, paintMs, shownMs }
}

async function slowPhone(page: Page): Promise<CDPSession> {
  const tools = await page.context().newCDPSession(page)
  await tools.send('Network.enable')
  await tools.send('Network.emulateNetworkConditions', FAST_3G)
  await tools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
  return tools
}

/** The time in scripts while the handle is dragged, ms for each event. */
async function dragCost(page: Page, url: string): Promise<number> {
  const tools = await slowPhone(page)
  await page.goto(url)
  const handle = page.getByRole('slider', { name: 'Target temperature' }).first()
  await handle.waitFor()
  const box = await handle.boundingBox()
  if (box === null) throw new Error('the dial has no handle')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await tools.send('Performance.enable')
  const scriptS = async () => {
    const { metrics } = await tools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0
  }
  await page.mouse.move(x, y)
  await page.mouse.down()
  const beforeS = await scriptS()
  for (let step = 1; step <= DRAG_STEPS; step++) {
    await page.mouse.move(x + 40 * Math.sin(step / 10), y + 40 * (1 - Math.cos(step / 10)))
  }
  const afterS = await scriptS()
  await page.mouse.up()
  return ((afterS - beforeS) * 1000) / DRAG_STEPS
}
