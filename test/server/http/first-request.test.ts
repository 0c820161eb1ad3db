import t, { type Test } from 'tap'
import { FirstUse } from '../../../src/server/core/first-use.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { ok } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'

/** A listener whose routes are loaded when a test says so; each request posts a text, which is kept. */
async function start(t: Test) {
  const kept: string[] = []
  const loads: PromiseWithResolvers<{ router: Router }>[] = []
  const server = createListener({
    name: 'test',
    log: silentLogger,
    failureBody: (message) => ({ error: message }),
    router: new FirstUse('routes', () => {
      const load = Promise.withResolvers<{ router: Router }>()
      loads.push(load)
      return load.promise
    }),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const arrived = (n: number): Promise<void> =>
    new Promise((resolve) => {
      let seen = 0
      server.on('request', () => {
        seen += 1
        if (seen === n) setImmediate(resolve)
      })
    })
  const router = new Router([
    {
      method: 'POST',
      pattern: '/',
      handler: async (request) => {
        kept.push(await request.text())
        return ok(kept.length)
      },
    },
  ])
  const post = (body: string) => fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })
  return { kept, loads, arrived, router, post }
}

t.test(
  'requests that arrive while routes are loaded are answered once, bodies whole',
  async (t) => {
    const { kept, loads, arrived, router, post } = await start(t)
    const both = arrived(2)
    const texts = ['a'.repeat(200_000), 'b']
    const answers = texts.map(post)
    await both
    t.same(kept, [])
    loads[0]?.resolve({ router })
    t.same(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200],
    )
    t.same(kept.toSorted(), texts)
    t.equal((await post('c')).status, 200)
    t.equal(loads.length, 1)
  },
)

t.test(
  'routes that cannot be loaded fail the request, with the reason, and not the next',
  async (t) => {
    const { loads, arrived, router, post } = await start(t)
    const first = arrived(1)
    const answer = post('a')
    await first
    loads[0]?.reject(new Error('no such file'))
    const failed = await answer
    t.equal(failed.status, 500)
    t.match(await failed.json(), { error: /routes: no such file/ })
    const next = arrived(1)
    const again = post('b')
    await next
    loads[1]?.resolve({ router })
    t.equal((await again).status, 200)
  },
)
