import { join } from 'node:path'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { CHROMIUM, FLAGS, SIZES } from '../../test/web/browser.ts'
import { atMost, type Figure } from '../figure.ts'
import { median } from '../quantile.ts'
import { ReportingCrowd } from '../reporting-crowd.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand, type ServerProcess } from '../server-process.ts'

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

const THERMOSTATS = 2
/** Each of them reports once a minute for an hour; here that takes seconds. */
const REPORTS_AN_HOUR = 60 * THERMOSTATS
const REPORTS_PER_SECOND = 20

/**
 * The web page: on a slow phone, what its first load weighs, when it paints, what a turn of the dial costs; and what it
 * costs the server.
 */
export const page: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    return withServer(nleCommand(db), async (server) => {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
      try {
        return await measured(server, browser, short ? 3 : 7)
      } finally {
        await browser.close()
      }
    })
  })

async function measured(server: ServerProcess, browser: Browser, runs: number): Promise<Figure[]> {
  const url = `http://127.0.0.1:${server.controlPort}/`
  // The first visitor waits until the page is put together.
  await (await fetch(url, { headers: { Accept: 'text/html' } })).text()
  const loads: Load[] = []
  const reloads: Load[] = []
  for (let run = 0; run < runs; run++) {
    const context = await browser.newContext({ viewport: SIZES.phone })
    const page = await context.newPage()
    const tools = await slowPhone(page)
    loads.push(await loaded(page, tools, server, () => page.goto(url)))
    reloads.push(await loaded(page, tools, server, () => page.reload()))
    await context.close()
  }
  const hour = await hourOpen(server, browser, url)
  const context = await browser.newContext({ viewport: SIZES.phone })
  const dragMs = await dragCost(await context.newPage(), url)
  const middle = (of: (load: Load) => number, all = loads) => median(all.map(of))
  const mean = (of: (load: Load) => number, all: readonly Load[]) =>
    all.reduce((sum, load) => sum + of(load), 0) / all.length
  const figure = (name: string, unit: string, value: number, most?: number): Figure => {
    const target = most === undefined ? undefined : atMost(most)
    return { scenario: 'page', name, unit, value, target }
  }
  return [
    figure('first load, compressed', 'KB', middle(({ bytes }) => bytes) / 1024, 90),
    figure(
      'first paint, CPU four times slower, fast 3G',
      'ms',
      middle(({ paintMs }) => paintMs),
      1_000,
    ),
    figure(
      'thermostats shown, the same',
      'ms',
      middle(({ shownMs }) => shownMs),
    ),
    figure('script per drag event of the dial, CPU four times slower', 'ms', dragMs, 4),
    figure(
      'first load, server CPU',
      'ms',
      mean(({ cpuMs }) => cpuMs, loads),
    ),
    figure('reload', 'KB', middle(({ bytes }) => bytes, reloads) / 1024),
    figure(
      'reload, server CPU',
      'ms',
      mean(({ cpuMs }) => cpuMs, reloads),
    ),
    figure('an hour open', 'KB', hour.bytes / 1024),
    figure('an hour open, server CPU', 'ms', hour.cpuMs),
  ]
}

interface Load {
  /** Of everything that the page asks for before its thermostats are there. */
  readonly bytes: number
  readonly paintMs: number
  readonly shownMs: number
  readonly cpuMs: number
}

async function loaded(
  page: Page,
  tools: CDPSession,
  server: ServerProcess,
  load: () => Promise<unknown>,
): Promise<Load> {
  const cpuS = server.cpuS()
  let bytes = 0
  const count = ({ encodedDataLength }: { encodedDataLength: number }): void => {
    bytes += encodedDataLength
  }
  tools.on('Network.loadingFinished', count)
  await load()
  await page.getByRole('article').first().waitFor()
  tools.off('Network.loadingFinished', count)
  const [paintMs, shownMs] = (await page.evaluate(
    "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]",
  )) as [number, number]
  return { bytes, paintMs, shownMs, cpuMs: (server.cpuS() - cpuS) * 1000 }
}

/** What an open page costs while its thermostats report for an hour, without what the reports themselves cost. */
async function hourOpen(server: ServerProcess, browser: Browser, url: string) {
  const crowd = await ReportingCrowd.open(server, THERMOSTATS)
  const reportAll = async (): Promise<number> => {
    const cpuS = server.cpuS()
    await crowd.report(REPORTS_PER_SECOND, (count) => count === REPORTS_AN_HOUR)
    return (server.cpuS() - cpuS) * 1000
  }
  await reportAll()
  const closedMs = await reportAll()
  const context = await browser.newContext({ viewport: SIZES.phone })
  const page = await context.newPage()
  const tools = await page.context().newCDPSession(page)
  await tools.send('Network.enable')
  await page.goto(url)
  await page.getByRole('article').first().waitFor()
  let bytes = 0
  tools.on('Network.dataReceived', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  const openMs = await reportAll()
  await context.close()
  crowd.close()
  return { bytes, cpuMs: openMs - closedMs }
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
