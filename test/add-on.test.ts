import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { resolveConfig, SETTINGS } from '../src/config.ts'
import { VERSION } from '../src/version.ts'

// The add-on's files, held to Home Assistant's documentation of them (developers.home-assistant.io: configuration,
// presentation, repository) and to nle's own settings. Home Assistant leaves out an add-on with a mistake, and says so
// only in the log of its supervisor.

type Yaml = Readonly<Record<string, unknown>>

const ROOT = 'packaging/home-assistant'
const FOLDER = join(ROOT, 'nle')
const config = yaml('config.yaml')
const schema = config.schema as Readonly<Record<string, string | readonly string[]>>

const oneOf = (words: string) => (value: unknown) => words.split(' ').includes(String(value))
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isFlag = (value: unknown) => typeof value === 'boolean'
const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isUrl = (value: unknown) => isText(value) && URL.canParse(String(value))
const listOf = (isEach: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every(isEach)

/** The documented keys that the add-on has, with what each may be; the first five have to be there. */
const KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  version: isText,
  slug: (value) => /^[a-z0-9_-]+$/.test(String(value)),
  description: isText,
  arch: listOf(oneOf('aarch64 amd64')),
  url: isUrl,
  // Without a tag: that is `version`. Names of images have no capital letters.
  image: (value) => /^[a-z0-9.-]+(\/[a-z0-9._-]+)+$/.test(String(value)),
  legacy: isFlag,
  startup: oneOf('initialize system services application once'),
  host_network: isFlag,
  watchdog: (value) => /^(https?|tcp):\/\/\[HOST\]:\[PORT:\d+\]/.test(String(value)),
  ingress: isFlag,
  ingress_port: (value) => Number.isInteger(value) && Number(value) >= 0,
  panel_icon: (value) => /^mdi:[a-z-]+$/.test(String(value)),
  panel_title: isText,
  services: listOf((value) => /^(mqtt|mysql):(provide|want|need)$/.test(String(value))),
  backup: oneOf('hot cold'),
  options: isObject,
  schema: isObject,
}

/** The documented types of options that nle has a use for, without the mark of an optional one. */
const TYPE = /^(str|bool|port|password|int\(\d+,\d+\)|list\(\w+(\|\w+)+\))$/

t.test('config.yaml has what Home Assistant knows', async (t) => {
  const written = repository(t.testdir({}), 'Some-One')
  const published = yaml('config.yaml', join(written, 'nle'))
  for (const [key, value] of Object.entries(published)) {
    t.ok(KEYS[key]?.(value), `${key}: ${JSON.stringify(value)}`)
  }
  for (const key of Object.keys(KEYS).slice(0, 5)) t.ok(key in published, key)
  t.equal(published.version, VERSION, 'it is the tag of the image')
  t.equal(published.image, 'ghcr.io/some-one/nle-add-on')
  t.match(yaml('repository.yaml', written), { name: 'nle', url: 'https://github.com/some-one/nle' })
})

t.test('what is published names the owner everywhere, and is an add-on repository', async (t) => {
  const written = repository(t.testdir({}), 'some-one')
  t.same(readdirSync(written).sort(), ['nle', 'repository.yaml'])
  for (const name of readdirSync(written, { recursive: true, encoding: 'utf8' })) {
    if (/\.(md|yaml)$/.test(name)) t.notMatch(readFileSync(join(written, name), 'utf8'), 'OWNER')
  }
  t.throws(() => repository(t.testdir({}), 'no/owner'))
})

t.test('every option is a setting of nle, of its type and within its bounds', async (t) => {
  t.same(config.options, {}, 'nle has the defaults')
  const settings = Object.values(SETTINGS)
  for (const [name, written] of Object.entries(schema)) {
    const setting = settings.find(({ env }) => env.toLowerCase() === name)
    const isList = typeof written !== 'string'
    const [element = ''] = isList ? written : [written]
    const type = element.replace(/\?$/, '')
    t.ok(element.endsWith('?'), `${name} may be left out`)
    t.match(type, TYPE, name)
    if (setting === undefined) {
      t.fail(`${name} is no setting`)
      continue
    }
    const { parse: read, secret = false } = setting
    t.equal(type === 'password', secret, `${name}: whether it is masked`)
    const takes = (text: string) => {
      try {
        return read(text) !== undefined
      } catch {
        return false
      }
    }
    const [, min, max] = /^int\((\d+),(\d+)\)$/.exec(type) ?? []
    const words = /^list\((.*)\)$/.exec(type)?.[1]?.split('|')
    if (words !== undefined) t.same(words, read.words, name)
    if (min !== undefined && max !== undefined) {
      t.same([min, max].map(takes), [true, true], name)
      t.same([Number(min) - 1, Number(max) + 1].map(String).map(takes), [false, false], name)
    }
    if (type === 'port') t.same(['1', '65535', '65536', 'x'].map(takes), [true, true, false, false])
    if (type === 'bool') t.same(['true', 'false', 'x'].map(takes), [true, true, false], name)
    if (isList) t.ok(Array.isArray(read('')), `${name} is a list`)
  }
})

t.test('the watchdog looks where the add-on always serves', async (t) => {
  t.equal(
    config.watchdog,
    `http://[HOST]:[PORT:${resolveConfig({}, {}).config.controlPort}]/health`,
  )
  t.notOk('control_port' in schema, 'or else it would restart the add-on for ever')
})

t.test('each language explains every option, and no other', async (t) => {
  for (const file of readdirSync(join(FOLDER, 'translations'))) {
    t.match(file, /^[a-z]{2}\.yaml$/)
    const { configuration, ...others } = yaml(`translations/${file}`)
    t.same(others, {})
    const texts = configuration as Readonly<Record<string, unknown>>
    t.same(Object.keys(texts), Object.keys(schema), file)
    for (const [name, text] of Object.entries(texts)) {
      t.match(text, { name: /^\S[^.]+$/, description: /^\S.+\.$/ }, name)
    }
  }
})

t.test('it has the pictures and pages that Home Assistant shows', async (t) => {
  t.same(sizeOf('icon.png'), [128, 128])
  t.same(sizeOf('logo.png'), [250, 100])
  for (const file of ['README.md', 'DOCS.md', 'CHANGELOG.md']) {
    t.ok(existsSync(join(FOLDER, file)), file)
  }
  t.match(readFileSync(join(FOLDER, 'CHANGELOG.md'), 'utf8'), `## ${VERSION}`)
})

function yaml(file: string, folder = FOLDER): Yaml {
  return parse(readFileSync(join(folder, file), 'utf8')) as Yaml
}

/** Writes the repository as the release does. */
function repository(folder: string, owner: string): string {
  execFileSync('scripts/add-on-repository.sh', [owner, folder], { stdio: 'pipe' })
  return folder
}

/** Width and height of a PNG, which begin its first chunk. */
function sizeOf(file: string): number[] {
  const bytes = readFileSync(join(FOLDER, file))
  t.equal(bytes.toString('latin1', 1, 4), 'PNG', file)
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}
