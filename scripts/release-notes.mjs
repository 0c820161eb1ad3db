#!/usr/bin/env node
// Prints what CHANGELOG.md says about a version: the text of its release.
//   node scripts/release-notes.mjs 1.2.3 [CHANGELOG.md]
import { readFileSync } from 'node:fs'

const [version, file = 'CHANGELOG.md'] = process.argv.slice(2)
if (version === undefined) {
  process.stderr.write('Usage: node scripts/release-notes.mjs <version> [changelog]\n')
  process.exit(2)
}

// "## 1.2.3", "## [1.2.3]", each with a date behind it or not.
const sections = readFileSync(file, 'utf8').split(/^## /m)
const section = sections.find(
  (each) => each.split('\n')[0].match(/^\[?([^\]\s]+)/)?.[1] === version,
)
const notes = section?.split('\n').slice(1).join('\n').trim()
if (!notes) {
  process.stderr.write(
    `${file} says nothing about ${version}. Give its changes a section "## ${version} - <date>" before the release.\n`,
  )
  process.exit(1)
}
process.stdout.write(`${notes}\n`)
