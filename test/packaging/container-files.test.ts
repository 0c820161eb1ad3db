import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { SETTINGS } from '../../src/config.ts'

// The files that people give to container engines, held to the image, to nle's settings and to what is documented of
// these files: compose-spec, podman-systemd.unit(5), Unraid's template schema.

const VARIABLES = new Set(['TZ', ...Object.values(SETTINGS).map(({ env }) => env)])
const PORTS = [SETTINGS.serverPort.fallback, SETTINGS.controlPort.fallback]
const IMAGE = 'ghcr.io/OWNER/nle:latest'

const file = (name: string) => readFileSync(`packaging/${name}`, 'utf8')
/** A file with everything in force that it offers in comments, except lines of prose. */
const offered = (text: string) => text.replace(/^( *)# (?=( *)(\w+:|- ["/]))/gm, '$1')

const IMAGE_FILE = file('Containerfile')
const VOLUME = IMAGE_FILE.match(/^VOLUME (.+)$/m)?.[1] ?? ''

interface Service {
  readonly [key: string]: unknown
  readonly image: string
  readonly volumes: readonly string[]
  readonly environment: Readonly<Record<string, unknown>>
}
interface Compose {
  readonly services: { readonly nle: Service }
  readonly volumes: Readonly<Record<string, unknown>>
}

t.test('the image keeps its data in its volume, and says its ports', async (t) => {
  t.match(IMAGE_FILE, `${SETTINGS.databasePath.env}=${VOLUME}/nle.sqlite`)
  t.match(IMAGE_FILE, new RegExp(`^EXPOSE ${PORTS.join(' ')}$`, 'm'))
  for (const { fallback } of [SETTINGS.deviceLogsDir, SETTINGS.debugLogsDir]) {
    // Below the working folder of the image, which is the root.
    t.match(fallback, new RegExp(`^[.]${VOLUME}/`))
  }
})

t.test('compose.yaml has what the image takes, also where it is in comments', async (t) => {
  const text = file('compose.yaml')
  const { services, volumes } = parse(text) as Compose
  const { nle } = services
  const keys =
    'cap_drop container_name environment image network_mode read_only restart security_opt volumes'
  t.strictSame(Object.keys(nle).sort(), keys.split(' '))
  t.equal(nle.image, IMAGE)
  t.equal(nle.network_mode, 'host')
  t.strictSame(nle.volumes, [`${Object.keys(volumes)[0]}:${VOLUME}`])

  const whole = (parse(offered(text)) as Compose).services.nle
  t.strictSame(
    whole.ports,
    PORTS.map((port) => `${port}:${port}`),
  )
  t.equal(whole.user, '1026:100')
  t.ok(whole.volumes.every((each) => each.endsWith(`:${VOLUME}`)))
  for (const name of Object.keys(whole.environment)) t.ok(VARIABLES.has(name), name)
  t.ok('MQTT_HOST' in whole.environment)
})

t.test('nle.container has what Podman knows', async (t) => {
  const text = file('nle.container')
  const known = {
    Unit: ['Description'],
    Container:
      'Image ContainerName Network Volume Environment ReadOnly DropCapability NoNewPrivileges'.split(
        ' ',
      ),
    Service: ['Restart', 'TimeoutStartSec'],
    Install: ['WantedBy'],
  }
  const sections = text
    .split(/^(?=\[)/m)
    .slice(1)
    .map((lines) => [
      /^\[(\w+)\]/.exec(lines)?.[1],
      [...lines.matchAll(/^(\w+)=/gm)].map(([, key]) => key),
    ])
  t.strictSame(Object.fromEntries(sections), known)
  t.match(text, `\nImage=${IMAGE}\n`)
  t.match(text, `\nVolume=nle:${VOLUME}\n`)
  for (const [, name = ''] of text.matchAll(/^Environment=(\w+)=/gm)) t.ok(VARIABLES.has(name))
})

t.test('unraid.xml has what Unraid knows', async (t) => {
  const text = file('unraid.xml')
  t.match(text, `<Repository>${IMAGE}</Repository>`)
  t.match(text, `[PORT:${SETTINGS.controlPort.fallback}]`)
  const configs = [...text.matchAll(/<Config ([^>]*)>/g)].map(
    ([, attributes = '']) =>
      Object.fromEntries(
        [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
      ) as Readonly<Record<string, string>>,
  )
  t.equal(configs.length, 4)
  for (const config of configs) {
    const keys = 'Name Target Default Mode Description Type Display Required Mask'
    t.strictSame(Object.keys(config), keys.split(' '))
    if (config.Type === 'Path') t.equal(config.Target, VOLUME)
    else t.ok(VARIABLES.has(config.Target ?? ''), String(config.Target))
    const secret = Object.values(SETTINGS).find(({ env }) => env === config.Target)
    t.equal(config.Mask, String(secret !== undefined && 'secret' in secret), 'secrets are masked')
  }
})
