import t from 'tap'
import { judgeStep, SETUP_STEPS, type SetupStep } from '../../../src/commands/setup/judge-step.ts'
import type {
  RunsAs,
  ServerFacts,
  SetupServer,
  Situation,
} from '../../../src/commands/setup/situation.ts'

/** A Raspberry Pi on which root has just started the executable. */
const NEW: Situation = {
  server: { state: 'none' },
  machine: {
    isContainer: false,
    hasSystemd: true,
    isRoot: true,
    executable: '/usr/local/bin/nle',
    unit: 'none',
  },
  origin: 'http://192.168.1.5:8000',
  originIsSet: false,
  addresses: [{ address: '192.168.1.5', interfaceName: 'eth0' }],
  page: 'http://192.168.1.5:8082/',
  told: undefined,
  imported: undefined,
}

const FACTS: ServerFacts = {
  paired: 0,
  mqtt: { configured: false, connected: false },
  matter: {
    on: false,
    source: 'store',
    running: false,
    port: 5540,
    interface: null,
    fabrics: [],
    window_until: null,
    thermostats: 0,
    memory_bytes: null,
    restarts: 0,
    last_error: null,
  },
}

function running(runsAs: RunsAs, trouble?: string): SetupServer {
  const url = 'http://127.0.0.1:8082'
  return { state: 'running', runsAs, url, databasePath: undefined, trouble }
}

/** A home with a server that tells these facts. */
function serving(facts: Partial<ServerFacts> = {}, more: Partial<Situation> = {}): Situation {
  return { ...NEW, server: running('service'), told: { ...FACTS, ...facts }, ...more }
}

function on(machine: Partial<Situation['machine']>, more: Partial<Situation> = {}): Situation {
  return { ...NEW, machine: { ...NEW.machine, ...machine }, ...more }
}

const two = [...NEW.addresses, { address: '10.0.0.5', interfaceName: 'wlan0' }]
const broker = { configured: true, connected: false, brokerUrl: 'mqtt://nas:1883' }
const { matter } = FACTS
const apple = [{ index: 1, name: 'Apple Home', vendor: 0x1349 }]
const closed = { state: 'closed', runsAs: 'service', why: 'Only root may.' } as const
const container = on({ isContainer: true }, { origin: 'http://172.17.0.2:8000' })

const ROWS: [step: SetupStep, name: string, found: Situation, expected: object][] = [
  ['address', 'one address', NEW, { state: 'done', text: /192\.168\.1\.5:8000\/entry/ }],
  ['address', 'two', { ...NEW, addresses: two }, { state: 'open', text: /2 addresses/ }],
  ['address', 'two, one set', { ...NEW, addresses: two, originIsSet: true }, { state: 'done' }],
  ['address', 'two, a server', serving({}, { addresses: two }), { state: 'done' }],
  ['address', 'none', { ...NEW, origin: 'http://127.0.0.1:8000' }, { state: 'open' }],
  ['address', 'a container’s', container, { state: 'open', text: /a container/ }],
  ['address', 'of a host network', on({ isContainer: true }), { state: 'done' }],
  ['move-in', 'no server', NEW, { state: 'open', next: /^nle import/ }],
  ['move-in', 'a server', serving(), { state: 'blocked', text: /stopped/ }],
  ['move-in', 'thermostats', serving({ paired: 2 }), { text: /^2 thermostats are paired\./ }],
  ['move-in', 'moved in', { ...NEW, imported: 1 }, { state: 'done', text: /^1 thermostat was/ }],
  ['service', 'a new machine', NEW, { state: 'open', next: 'sudo nle service install' }],
  ['service', 'not root', on({ isRoot: false }), { state: 'blocked', next: 'sudo nle setup' }],
  ['service', 'no systemd', on({ hasSystemd: false }), { state: 'blocked', next: 'nle serve' }],
  ['service', 'source', on({ executable: undefined }), { state: 'blocked', text: /source/ }],
  ['service', 'a package', on({ unit: 'package' }), { state: 'open', next: /systemctl enable/ }],
  ['service', 'it has ended', on({ unit: 'own' }), { state: 'open', text: /does not run/ }],
  ['service', 'in a container', container, { state: 'blocked', text: /restart: unless-stopped/ }],
  [
    'service',
    'by hand',
    { ...NEW, server: running('program') },
    { state: 'blocked', text: /Ctrl-C/ },
  ],
  ['service', 'it runs', serving(), { state: 'done' }],
  ['service', 'an add-on', { ...NEW, server: running('add-on') }, { state: 'done' }],
  ['service', 'elsewhere', { ...NEW, server: running('elsewhere') }, { state: 'done' }],
  ['service', 'closed', { ...NEW, server: closed }, { state: 'blocked', text: 'Only root may.' }],
  ['mqtt', 'no server', NEW, { state: 'blocked', next: 'nle serve' }],
  ['mqtt', 'closed', { ...NEW, server: closed }, { state: 'blocked', next: 'sudo nle setup' }],
  ['mqtt', 'no broker', serving(), { state: 'open', next: /^nle mqtt set/ }],
  [
    'mqtt',
    'refused',
    serving({ mqtt: { ...broker, lastError: 'no' } }),
    { text: /connected: no\.$/ },
  ],
  ['mqtt', 'connected', serving({ mqtt: { ...broker, connected: true } }), { state: 'done' }],
  ['thermostat', 'none', serving(), { state: 'open', next: 'nle pair' }],
  ['thermostat', 'one', serving({ paired: 1 }), { state: 'done', text: /^1 thermostat is/ }],
  ['matter', 'off', serving(), { state: 'open', next: 'nle matter on' }],
  [
    'matter',
    'down',
    serving({ matter: { ...matter, on: true, last_error: 'x' } }),
    { text: /: x\./ },
  ],
  [
    'matter',
    'with an app',
    serving({ matter: { ...matter, on: true, running: true, fabrics: apple } }),
    { state: 'done', text: /Apple Home/ },
  ],
]

t.test('each step is judged by what is found', async (t) => {
  for (const [step, name, found, expected] of ROWS) {
    t.match(judgeStep(step, found), expected, `${step}: ${name}`)
  }
  const judged = new Set(ROWS.map(([step]) => step))
  t.strictSame([...judged], SETUP_STEPS)
})

t.test('a server that may not be asked says why', async (t) => {
  const found = { ...NEW, server: running('program', 'A token is needed.') }
  t.match(judgeStep('matter', found), { state: 'blocked', text: 'A token is needed.' })
})
