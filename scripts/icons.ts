// Draws the PNG icons of the web page and of the Home Assistant add-on from src/web/icons/icon.svg, with Chromium:
//   npm run icons
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBrowser } from '../test/web/browser.ts'

const page = join(import.meta.dirname, '../src/web/icons')
const addOn = join(import.meta.dirname, '../packaging/home-assistant/nle')
const rounded = readFileSync(join(page, 'icon.svg'), 'utf8')
/** Systems that cut icons to a shape of their own need one without corners. */
const square = rounded.replace(/ rx="\d+"/, '')
/** The icon and the name, on a ground of its own: Home Assistant shows it on light and on dark. */
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 250 100">
  <rect width="250" height="100" rx="22" fill="#1b1a17"/>
  <svg x="10" y="5" width="90" height="90" viewBox="0 0 512 512">${square}</svg>
  <text x="112" y="69" font-family="sans-serif" font-weight="700" font-size="60" fill="#f3efe7">nle</text>
</svg>`

const PICTURES = [
  { file: join(page, 'icon-180.png'), svg: square, width: 180 },
  { file: join(page, 'icon-192.png'), svg: rounded, width: 192 },
  { file: join(page, 'icon-512.png'), svg: rounded, width: 512 },
  { file: join(page, 'icon-maskable-512.png'), svg: square, width: 512 },
  { file: join(addOn, 'icon.png'), svg: rounded, width: 128 },
  { file: join(addOn, 'logo.png'), svg: logo, width: 250, height: 100 },
]

const ends: (() => unknown)[] = []
const browser = await startBrowser({ teardown: (end) => ends.push(end) })
for (const { file, svg, width, height = width } of PICTURES) {
  const tab = await browser.newPage({ viewport: { width, height } })
  await tab.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`)
  writeFileSync(file, await tab.screenshot({ omitBackground: true }))
  await tab.close()
}
for (const end of ends) await end()
