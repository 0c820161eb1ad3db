import { execFileSync } from 'node:child_process'
import t from 'tap'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { NO_PROMETHEUS, promtool } from './prometheus.ts'

/** The value of a sample, by its line without the value. */
function valueIn(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length))
}

async function scrape(url: string, token?: string) {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/metrics`, { headers })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text: await answer.text(),
  }
}

t.test('/metrics tells what happened, of paired thermostats only', async (t) => {
  const home = await startHome(t)
  const { controlUrl } = home.server
  await home.paired()
  await home.thermostat({ serial: '02AA01AC99999999' })
  await home.ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value: 22 })
  const { status, type, text } = await scrape(controlUrl)
  t.equal(status, 200)
  t.equal(type, 'text/plain; version=0.0.4; charset=utf-8')
  t.equal(valueIn(text, 'nle_thermostats{state="paired"}'), 1)
  t.equal(valueIn(text, 'nle_thermostats{state="unpaired"}'), 1)
  t.equal(valueIn(text, `nle_thermostat_available{serial="${SERIAL}"}`), 1)
  t.ok(valueIn(text, `nle_thermostat_battery_volts{serial="${SERIAL}"}`))
  t.notMatch(text, '02AA01AC99999999', 'anybody can make up an unpaired one')
  t.ok(valueIn(text, 'nle_put_duration_seconds_count'), 'puts')
  t.ok(valueIn(text, 'nle_http_requests_total{listener="control",code="200"}'))
  t.ok(valueIn(text, 'nle_changes_total{state="queued"}'))
  t.equal(valueIn(text, 'nle_database_healthy'), 1)
  t.ok(valueIn(text, 'nle_disk_free_bytes'))
  t.equal(valueIn(text, 'nle_mqtt_connected'), undefined, 'no broker')

  home.server.core.health.notice({ code: 'SQLITE_CORRUPT' })
  t.equal(valueIn((await scrape(controlUrl)).text, 'nle_database_healthy'), 0)
})

t.test('a name cannot forge a metric', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const value = 'x"} 1\nnle_forged 1\\'
  await home.ask('POST', '/command', {
    serial: SERIAL,
    command: 'set_name',
    value: value.replace('\n', ' '),
  })
  const { text } = await scrape(home.server.controlUrl)
  t.match(text, 'name="x\\"} 1 nle_forged 1\\\\"')
  t.notMatch(text, /^nle_forged/m)
})

t.test('/metrics asks for a token that may read, once there are tokens', async (t) => {
  const home = await startHome(t)
  const { store } = home.server.core
  const { token } = await createToken(store, {
    name: 'Prometheus',
    scope: 'read',
    expiresAtMs: null,
    nowMs: 0,
  })
  t.equal((await scrape(home.server.controlUrl)).status, 401)
  t.equal((await scrape(home.server.controlUrl, token)).status, 200)
})

t.test('promtool finds nothing to complain of', { skip: NO_PROMETHEUS }, async (t) => {
  const home = await startHome(t)
  await home.paired()
  const { text } = await scrape(home.server.controlUrl)
  const said = execFileSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' })
  t.equal(said, '')
})
