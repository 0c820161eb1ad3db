import { readFileSync } from 'node:fs'
import t from 'tap'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { NO_PROMETHEUS, Prometheus } from './prometheus.ts'

const DASHBOARD = JSON.parse(readFileSync('packaging/grafana/nle.json', 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[]
  templating: { list: { query: unknown }[] }
}
/** Every query of the dashboard, by the title of its panel. */
const QUERIES = DASHBOARD.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$serial', '.*') })),
)

t.test('every query of the dashboard names metrics that exist', async (t) => {
  const home = await startHome(t, {
    config: { backupDir: t.testdir({}), mqttHost: 'mqtt://127.0.0.1:1' },
    backUp: async () => {},
  })
  const text = await (await fetch(`${home.server.controlUrl}/metrics`)).text()
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  t.ok(QUERIES.length > 15)
  const variables = JSON.stringify(DASHBOARD.templating)
  for (const { title, expr } of [...QUERIES, { title: 'variables', expr: variables }]) {
    const named = [...expr.matchAll(/\bnle_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''))
    t.ok(named.length > 0, title)
    for (const name of named) t.ok(known.has(name), `${title}: ${name}`)
  }
})

t.test(
  'a real Prometheus scrapes, with a token, and understands every query of the dashboard',
  { skip: NO_PROMETHEUS },
  async (t) => {
    const home = await startHome(t)
    await home.paired()
    const wanted = { name: 'Prometheus', scope: 'read', expiresAtMs: null, nowMs: 0 } as const
    const { token } = await createToken(home.server.core.store, wanted)
    const prometheus = await Prometheus.start(t, new URL(home.server.controlUrl), token)
    const [found] = await prometheus.whenKnown('nle_thermostat_temperature_celsius')
    const { body } = await home.askHere('GET', `/status?serial=${SERIAL}`)
    t.match(found, { metric: { serial: SERIAL, job: 'nle' }, value: body.current_temperature })
    for (const { title, expr } of QUERIES) {
      t.ok(Array.isArray(await prometheus.query(expr)), title)
    }
    const targets = DASHBOARD.panels.find(({ title }) => title === 'Temperature')?.targets ?? []
    const [named] = await prometheus.query(targets[0]?.expr.replaceAll('$serial', '.*') ?? '')
    t.match(named, { metric: { serial: SERIAL, name: String(body.name) } }, 'with its name')
  },
)
