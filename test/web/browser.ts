import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why browser tests are skipped, for the `skip` of a test; false where there is a Chromium. */
export const withoutBrowser: string | false = existsSync(CHROMIUM)
  ? false
  : `there is no ${CHROMIUM} (Debian: chromium; CHROMIUM names another one)`

/** The sizes that the page is looked at in. */
export const SIZES = {
  small: { width: 320, height: 640 },
  phone: { width: 390, height: 844 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1280, height: 800 },
} as const

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What a test has that ends something with it: tap's `t`. */
export interface Ending {
  teardown(end: () => unknown): void
}

/** Starts a Chromium without a window, with a profile of its own that is removed at the end. */
export async function startBrowser(
  t: Ending,
  { executablePath = CHROMIUM, flags = [] }: { executablePath?: string; flags?: string[] } = {},
): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...flags] })
  t.teardown(() => browser.close())
  return browser
}

/** A person at a browser: cookies of their own, one page, and the errors that the page made. */
export interface Visitor {
  readonly page: Page
  /** Errors of scripts, refusals by the Content-Security-Policy and failed files, as texts. */
  readonly troubles: readonly string[]
}

/** Opens a page as a person without any cookies does. */
export async function visit(
  t: Ending,
  browser: Browser,
  url: string,
  { size = 'desktop', ...options }: BrowserContextOptions & { size?: keyof typeof SIZES } = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  await page.goto(url)
  return { page, troubles }
}
