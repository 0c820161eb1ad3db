// Draws the PNG icons of the web page from src/web/icons/icon.svg, with Chromium:
//   npm run icons
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBrowser } from '../test/web/browser.ts'

const folder = join(import.meta.dirname, '../src/web/icons')
const rounded = readFileSync(join(folder, 'icon.svg'), 'utf8')
/** Systems that cut icons to a shape of their own need one without corners. */
const square = rounded.replace(/ rx="\d+"/, '')

const PICTURES = [
  { name: 'icon-180.png', svg: square, size: 180 },
  { name: 'icon-192.png', svg: rounded, size: 192 },
  { name: 'icon-512.png', svg: rounded, size: 512 },
  { name: 'icon-maskable-512.png', svg: square, size: 512 },
]

const ends: (() => unknown)[] = []
const browser = await startBrowser({ teardown: (end) => ends.push(end) })
for (const { name, svg, size } of PICTURES) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`)
  writeFileSync(join(folder, name), await page.screenshot({ omitBackground: true }))
  await page.close()
}
for (const end of ends) await end()
