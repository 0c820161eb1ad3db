import { Chalk } from 'chalk'
import t from 'tap'
import { glass } from '../../../src/commands/simulate/glass.ts'
import { describeEntry, screenTarget } from '../../../src/commands/simulate/lines.ts'
import { Outage } from '../../../src/commands/simulate/outage.ts'
import { displayWidth, printable } from '../../../src/commands/terminal/printable.ts'
import type { LogEntry } from '../../../src/virtual/index.ts'
import { SERIAL, START_MS } from '../../virtual/firmware-harness.ts'

const plain = new Chalk({ level: 0 })
const stamp = { atMs: START_MS, serial: SERIAL }

const LINES: [LogEntry, string | undefined][] = [
  [{ ...stamp, kind: 'booted', memoryLost: true }, 'switched on, memory lost'],
  [{ ...stamp, kind: 'claimed', claimedBy: 'ha' }, 'the code was used by ha'],
  [
    { ...stamp, kind: 'put', requestId: 1, reason: 'dial', fields: { 'shared.S': ['a', 'b'] } },
    '→ put shared.S a, b (dial)',
  ],
  [
    {
      ...stamp,
      kind: 'push',
      requestId: 1,
      key: 'user.ha',
      revision: 1,
      timestamp: 2,
      value: { name: 'ha' },
      outcome: 'stale',
    },
    '← push user.ha {"name":"ha"} (older than its own, ignored)',
  ],
  [
    { ...stamp, kind: 'putDropped', keys: ['a', 'b'] },
    'gave up putting a, b: the server refuses it',
  ],
  [{ ...stamp, kind: 'scheduleApplied', key: 'k', timestamp: 1 }, 'follows the new schedule'],
  [
    { ...stamp, kind: 'scheduleIgnored', key: 'k', why: 'no days' },
    'ignores the new schedule: no days',
  ],
  [{ ...stamp, kind: 'ecoEntered', by: 'server' }, 'goes to eco'],
  [{ ...stamp, kind: 'ecoLeft', by: 'person' }, 'eco ended at the thermostat'],
  [{ ...stamp, kind: 'ecoRejected', offByS: 700 }, 'rejects the eco change: 700 s off its clock'],
  [{ ...stamp, kind: 'batteryLow', volts: 3.5 }, 'battery at 3.5 V: offline'],
  [
    { ...stamp, kind: 'violation', rule: 'S3', detail: 'a newline', timing: false },
    'RULE BROKEN S3: a newline',
  ],
  [{ ...stamp, kind: 'receipt', requestId: 1, key: 'k', revision: 1, timestamp: 1 }, undefined],
]
for (const [entry, line] of LINES) {
  t.test(`a log entry "${entry.kind}" in words`, async (t) => {
    t.equal(describeEntry(entry, plain), line)
  })
}

const paired = {
  phase: 'paired',
  owner: 'ha',
  mode: 'range',
  eco: false,
  currentTemperature: 20,
  targetTemperature: 21,
  targetTemperatureLow: 19,
  targetTemperatureHigh: 24.5,
  heating: false,
  cooling: true,
} as const

t.test('the drawn screen shows the target', async (t) => {
  t.equal(screenTarget(paired), 'set to 19.0 °C to 24.5 °C, range, cooling')
  t.equal(screenTarget({ ...paired, eco: true, cooling: false }), 'eco')
  t.equal(screenTarget({ ...paired, mode: 'off' }), 'off')
})

const look = { chalk: plain, command: 'npm run nle --' }

t.test('the drawn screen says how to pair, in the words of this installation', async (t) => {
  const code = { phase: 'code', code: 'A3XR7M2', display: 'A3X-R7M2', expiresAtMs: 0 } as const
  t.match(glass(code, SERIAL, look), '│  npm run nle -- pair A3X-R7M2  │')
  t.match(glass(code, SERIAL, { ...look, command: 'nle' }), ' nle pair A3X-R7M2 ')
})

t.test('no text from a server can control the terminal or break the drawn screen', async (t) => {
  t.equal(printable('a\u001b[2Jb\u009b'), 'a?[2Jb?')
  const drawn = glass({ ...paired, owner: `\u001b[31m${'x'.repeat(99)}` }, SERIAL, look) ?? ''
  t.notMatch(drawn, '\u001b')
  t.equal(new Set(drawn.split('\n').map((line) => line.length)).size, 1)
  const wide = glass({ ...paired, owner: '\u5bb6'.repeat(30) }, SERIAL, look) ?? ''
  t.equal(new Set(wide.split('\n').map(displayWidth)).size, 1)
  t.equal(glass({ phase: 'connecting' }, SERIAL, look), undefined)
})

t.test(
  'the message of an outage names both addresses when the entry document redirects',
  async (t) => {
    const text = new Outage('http://127.0.0.1:8000', 'nle').explain({
      ...stamp,
      kind: 'failed',
      requestId: 2,
      request: 'subscribe',
      url: 'http://10.0.0.9:8000/nest/transport',
      reason: 'the host cannot be reached',
      status: undefined,
      retryInMs: 1000,
    })
    t.match(text, 'http://127.0.0.1:8000 sends the thermostat on to http://10.0.0.9:8000')
    t.match(text, '--direct')
  },
)
