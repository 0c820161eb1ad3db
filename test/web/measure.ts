// Measures the web page in a Chromium against a real server: what it weighs, when it is seen first on a slow
// phone, and what a drag of the dial costs. Exits with 1 when a figure is over its limit.
//   npm run page
import type { CDPSession, Page } from 'playwright-core'
import { median } from '../../bench/quantile.ts'
import { SIZES, startBrowser, withoutBrowser } from './browser.ts'
import { Household } from './household.ts'

const LIMITS = { firstLoadKb: 90, firstPaintMs: 1_000, dragMs: 4 }

/** A phone with a quarter of this machine's speed, in a network of the third generation ("fast 3G"). */
const SLOWDOWN = 4
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
}
const LOADS = 5
const MOVES = 60

let isOver = false

if (withoutBrowser) {
  process.stderr.write(`Nothing measured: ${withoutBrowser}.\n`)
  process.exit(3)
}
const ends: (() => unknown)[] = []
const run = { teardown: (end: () => unknown) => ends.unshift(end) }
try {
  const household = await Household.open()
  run.teardown(() => household.close())
  const browser = await startBrowser(run)
  // The first one waits until the page is put together.
  await fetch(household.url, { headers: { Accept: 'text/html' } })

  const loads: { kb: number; firstPaintMs: number; cardMs: number }[] = []
  for (let i = 0; i < LOADS; i++) loads.push(await load(household.url))
  const [first] = loads
  report('first load, gzip, as sent on plain HTTP', first?.kb ?? 0, 'kB', LIMITS.firstLoadKb)
  report(
    `first paint, ${SLOWDOWN} × slower, fast 3G`,
    median(loads.map(({ firstPaintMs }) => firstPaintMs)),
    'ms',
    LIMITS.firstPaintMs,
  )
  report('first thermostat there', median(loads.map(({ cardMs }) => cardMs)), 'ms')
  for (const slowdown of [1, SLOWDOWN]) {
    const ms = await drag(household.url, slowdown)
    const what = `script per drag event${slowdown === 1 ? '' : `, ${slowdown} × slower`}`
    if (ms === undefined) process.stdout.write(`${what}: there is no dial to drag\n`)
    else report(what, ms, 'ms', LIMITS.dragMs)
  }

  async function open(slowdown: number): Promise<{ page: Page; cdp: CDPSession }> {
    const context = await browser.newContext({ viewport: SIZES.phone, hasTouch: true })
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    return { page, cdp }
  }

  /** Loads the page as a phone does that has never seen it. */
  async function load(url: string) {
    const { page, cdp } = await open(SLOWDOWN)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', NETWORK)
    // Chromium would take brotli from this machine, but takes only gzip from others on plain HTTP.
    await cdp.send('Network.setExtraHTTPHeaders', { headers: { 'Accept-Encoding': 'gzip' } })
    const files = new Set<string>()
    let bytes = 0
    cdp.on('Network.responseReceived', ({ requestId, response }) => {
      const { pathname } = new URL(response.url)
      if (pathname === '/' || pathname.startsWith('/web/')) files.add(requestId)
    })
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (files.has(requestId)) bytes += encodedDataLength
    })
    await page.goto(url)
    await page.getByRole('article').first().waitFor()
    const cardMs = await page.evaluate<number>('performance.now()')
    const firstPaintMs = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint')[0].startTime",
    )
    await page.context().close()
    return { kb: bytes / 1_000, firstPaintMs, cardMs }
  }

  /** The script of one pointer event while the dial is dragged, ms; undefined without a dial. */
  async function drag(url: string, slowdown: number): Promise<number | undefined> {
    const { page, cdp } = await open(slowdown)
    await page.goto(url)
    await page.getByRole('article').first().waitFor()
    const dial = page.getByRole('slider', { name: 'Target temperature' }).first()
    const box = (await dial.count()) === 0 ? null : await dial.boundingBox()
    if (box === null) return undefined
    const [x, y, radius] = [box.x + box.width / 2, box.y + box.height / 2, box.width * 0.42]
    const at = (turn: number) =>
      [
        x + radius * Math.cos(turn * 2 * Math.PI),
        y + radius * Math.sin(turn * 2 * Math.PI),
      ] as const
    await page.mouse.move(...at(0.75))
    await page.mouse.down()
    await cdp.send('Performance.enable')
    const before = await scriptMs(cdp)
    // Within the upper half of the dial, there and back.
    for (let i = 1; i <= MOVES; i++) {
      await page.mouse.move(...at(0.75 + 0.2 * Math.sin((i / MOVES) * 2 * Math.PI)))
    }
    const ms = ((await scriptMs(cdp)) - before) / MOVES
    // Let go nowhere: nothing is sent to the thermostat.
    await page.context().close()
    return ms
  }
} finally {
  for (const end of ends) await end()
}
process.exitCode = isOver ? 1 : 0

async function scriptMs(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0) * 1_000
}

function report(what: string, value: number, unit: string, limit = Number.POSITIVE_INFINITY): void {
  const bound = Number.isFinite(limit) ? `, at most ${limit}` : ''
  const verdict = value > limit ? '   TOO MUCH' : ''
  process.stdout.write(`${what}: ${value.toFixed(1)} ${unit}${bound}${verdict}\n`)
  isOver ||= value > limit
}
