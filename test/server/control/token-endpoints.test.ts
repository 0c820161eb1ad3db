import t from 'tap'
import { startHome } from '../../helpers/home.ts'

t.test('a token that is made counts at once, and its use is shown', async (t) => {
  const home = await startHome(t)
  const { ask, askHere } = home
  t.equal((await ask('POST', '/api/tokens', { name: 'x', scope: 'admin' })).status, 401)
  const made = await askHere('POST', '/api/tokens', { name: 'Home Assistant', scope: 'read' })
  t.match(made.body, { success: true, name: 'Home Assistant', scope: 'read', expires_at: null })
  const { token } = made.body
  t.match(token, /^nle_[\w-]{43}$/)
  t.equal((await ask('GET', '/api/devices')).status, 401)
  const list = async () => (await askHere('GET', '/api/tokens')).body.tokens
  t.match(await list(), [{ name: 'Home Assistant', scope: 'read', last_used_at: null }])
  t.notMatch(JSON.stringify(await list()), String(token))
  home.clock.advance(60_000)
  const bearer = { Authorization: `Bearer ${token}` }
  t.equal((await ask('GET', '/api/devices', undefined, bearer)).status, 200)
  const usedAt = new Date(home.clock.now().wallMs).toISOString()
  t.match(await list(), [{ last_used_at: usedAt }])
  t.equal((await ask('GET', '/api/tokens', undefined, bearer)).status, 403, 'a reader may not')
  const gone = await askHere('DELETE', '/api/tokens/Home%20Assistant')
  t.match(gone.body, { success: true, name: 'Home Assistant', left: 0 })
  t.equal((await ask('GET', '/api/devices', undefined, bearer)).status, 200, 'nobody needs one')
  t.match(await askHere('DELETE', '/api/tokens/Home%20Assistant'), {
    status: 404,
    body: { message: /There is no token "Home Assistant"/ },
  })
})

t.test('a token with an end is good until then', async (t) => {
  const { clock, ask, askHere } = await startHome(t)
  const expires_at = new Date(clock.now().wallMs + 60_000).toISOString()
  const made = await askHere('POST', '/api/tokens', { name: 'x', scope: 'read', expires_at })
  const bearer = { Authorization: `Bearer ${made.body.token}` }
  t.equal((await ask('GET', '/api/stats', undefined, bearer)).status, 200)
  clock.advance(60_000)
  t.equal((await ask('GET', '/api/stats', undefined, bearer)).status, 401)
})

t.test('refuses what cannot be, and makes nothing', async (t) => {
  const { askHere } = await startHome(t)
  await askHere('POST', '/api/tokens', { name: 'taken', scope: 'read' })
  const wrong: unknown[] = [
    [],
    {},
    { name: 'x' },
    { name: 'x', scope: 'owner' },
    { name: '', scope: 'read' },
    { name: ' x', scope: 'read' },
    { name: 'x'.repeat(65), scope: 'read' },
    { name: 'a\u001b[2J', scope: 'read' },
    { name: 7, scope: 'read' },
    { name: 'taken', scope: 'admin' },
    { name: 'x', scope: 'read', expires_at: '2001-01-01T00:00:00Z' },
    { name: 'x', scope: 'read', expires_at: '5' },
    { name: 'x', scope: 'read', expires_at: 4_000_000_000_000 },
  ]
  for (const body of wrong) {
    const { status } = await askHere('POST', '/api/tokens', body)
    t.equal(status, 400, JSON.stringify(body))
  }
  const { tokens } = (await askHere('GET', '/api/tokens')).body as { tokens: unknown[] }
  t.equal(tokens.length, 1)
})
