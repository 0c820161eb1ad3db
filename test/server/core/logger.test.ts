import { PassThrough } from 'node:stream'
import t from 'tap'
import { makeLogger } from '../../../src/server/core/logger.ts'

function logged(format: 'text' | 'json', user: string): string {
  const out = new PassThrough()
  const log = makeLogger(out, {
    format,
    level: 'info',
    color: false,
    nowMs: () => 0,
    omitTime: true,
  })
  log.info('thermostat paired', { user })
  return String(out.read())
}

t.test(
  'P10: a user id of any script is logged, and cannot forge a line or turn text round',
  async (t) => {
    t.equal(logged('text', 'homeassistant'), 'thermostat paired user=homeassistant\n')
    t.equal(logged('text', 'Anna M\u00fcller'), 'thermostat paired user="Anna M\u00fcller"\n')
    const hostile = 'a\u202eb\u2028c\u200d\x9b2J\nd'
    for (const format of ['text', 'json'] as const) {
      const line = logged(format, hostile)
      t.match(line, /^[\x20-\x7e]+\n$/, format)
      t.match(line, '\\u202e')
    }
    t.equal(JSON.parse(logged('json', hostile)).user, hostile)
  },
)

t.test('I5: no password of an address is logged, and no value without end', async (t) => {
  for (const format of ['text', 'json'] as const) {
    t.notMatch(logged(format, 'no answer from http://me:hunter2@host/?appid=hunter2'), 'hunter2')
    t.ok(logged(format, 'x'.repeat(1_000_000)).length < 5_000)
  }
})
