import { readFileSync } from 'node:fs'
import t from 'tap'
import { openApi } from '../../scripts/openapi.ts'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { ENDPOINTS, requestTarget } from '../../src/api/endpoints.ts'

const PAGES = ['docs/security.md', 'docs/api.md']
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')

t.test('docs/openapi.json is what "npm run openapi" makes of the table', async (t) => {
  const checkedIn = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as unknown
  // As text, so that the order of fields counts.
  t.equal(JSON.stringify(checkedIn), JSON.stringify(openApi()))
})

t.test('the docs name the scope of every endpoint', async (t) => {
  const listed = (scope: string) => {
    const row = new RegExp(`^\\| \`${scope}\` \\|(.*)\\|$`, 'm').exec(PAGES)?.[1] ?? ''
    return [...row.matchAll(/`((?:[A-Z]+ )?\/[^`]+)`/g)].map(([, name]) => name)
  }
  const [control, owner] = [listed('control'), listed('owner')]
  for (const { method, path, scope } of Object.values(ENDPOINTS)) {
    const bare = path.replace(/\/:\w+$/, '')
    const documented = owner.includes(`${method} ${bare}`)
      ? 'owner'
      : method === 'GET'
        ? 'read'
        : control.includes(bare)
          ? 'control'
          : 'admin'
    t.equal(scope === 'open' ? 'read' : scope, documented, `${method} ${path}`)
  }
  const open = Object.values(ENDPOINTS).filter(({ scope }) => scope === 'open')
  t.same(
    open.map(({ path }) => path),
    ['/', '/health'],
  )
})

t.test('every endpoint for the owner says what to type instead', async (t) => {
  for (const { method, path, scope, ownerCommand } of Object.values<Endpoint>(ENDPOINTS)) {
    t.equal(ownerCommand?.startsWith('nle ') ?? false, scope === 'owner', `${method} ${path}`)
  }
})

t.test('method and path lead to one endpoint', async (t) => {
  const routes = Object.values(ENDPOINTS).map(({ method, path }) => `${method} ${path}`)
  t.equal(new Set(routes).size, routes.length)
})

t.test('a request target is built from the parameters in path and query', async (t) => {
  t.equal(requestTarget('getRoot', {}), '/')
  t.equal(requestTarget('getChange', { params: { id: 17 } }), '/api/changes/17')
  t.equal(
    requestTarget('releaseDevice', { params: { serial: 'a/b ?' }, query: { userId: 'x&y' } }),
    '/api/registered-devices/a%2Fb%20%3F?userId=x%26y',
  )
  t.equal(requestTarget('listChanges', { query: { limit: 5 } }), '/api/changes?limit=5')
  t.equal(requestTarget('listChanges', {}), '/api/changes')
})

t.test('the compiler refuses a request without what the endpoint needs', async (t) => {
  // @ts-expect-error A status is of one thermostat.
  t.equal(requestTarget('getStatus', {}), '/status')
  // @ts-expect-error There is no such field in the query.
  t.equal(requestTarget('getSchedule', { query: { id: 1 } }), '/api/schedule?id=1')
})
