import t from 'tap'
import { COMMANDS } from '../../src/protocol/commands/plan-command.ts'
import { controlRoutes } from '../../src/server/control/control-routes.ts'
import type { ControlServices } from '../../src/server/control/handler.ts'
import { deviceRoutes } from '../../src/server/device/device-routes.ts'
import type { DeviceServices } from '../../src/server/device/device-services.ts'
import { type Route, Router } from '../../src/server/http/router.ts'
import { Random } from '../simulation/random.ts'
import { Knowledge } from './knowledge.ts'
import { controlSamples, deviceSamples, type Sample, SERIALS } from './samples.ts'

/** Left out, because they would contact other machines, or start a process. */
const LEFT_OUT = [
  'POST /api/scan-network',
  'POST /api/mqtt-config',
  'DELETE /api/mqtt-config',
  'POST /api/matter',
] as const

/** Stands in for services: no handler is called here. */
const nothing: object = new Proxy({}, { get: () => nothing })

/** The requests of 200 rounds of the fuzzer. */
function manySamples(samples: typeof deviceSamples): Sample[] {
  const random = new Random(1)
  const known = new Knowledge()
  return Array.from({ length: 200 }, () => samples(random, SERIALS[0], known)).flat()
}

t.test("the fuzzer's samples reach every endpoint", async (t) => {
  const listeners = [
    [deviceRoutes(nothing as DeviceServices) as unknown as Route[], manySamples(deviceSamples)],
    [controlRoutes(nothing as ControlServices), manySamples(controlSamples)],
  ] as const
  const missed = listeners.flatMap(([routes, samples]) => {
    const router = new Router(routes)
    const reached = new Set<unknown>()
    for (const { line } of samples) {
      const [method = '', target = ''] = line.split(' ')
      const match = router.match(method, target.split('?')[0] ?? '')
      if (match.type === 'found') reached.add(match.handler)
      else t.fail(`${line} matches no route`)
    }
    return routes.filter(({ handler }) => !reached.has(handler))
  })
  t.strictSame(
    missed.map(({ method, pattern }) => `${method} ${pattern}`).sort(),
    [...LEFT_OUT].sort(),
  )
})

t.test("the fuzzer's samples contain every command", async (t) => {
  const sent = new Set(
    manySamples(controlSamples).map(({ body }) => (body as { command?: string })?.command),
  )
  t.strictSame(
    Object.keys(COMMANDS).filter((command) => !sent.has(command)),
    [],
  )
  const withoutValue = manySamples(controlSamples).filter(
    ({ line, body }) =>
      line === 'POST /command' && (body as { value?: unknown }).value === undefined,
  )
  t.strictSame(withoutValue, [])
})

t.test("the fuzzer uses codes, versions and ids from the server's answers", async (t) => {
  const known = new Knowledge()
  const random = new Random(1)
  known.learnFrom('{"value":"A3XR7M2","expires":1}')
  known.learnFrom(
    '{"objects":[{"object_revision":7,"object_timestamp":9,"object_key":"shared.X"}]}',
  )
  known.learnFrom('retry: 2000\nid: abc-1\n\n')
  known.learnFrom('{"success":true,"change_id":42}')
  t.equal(known.code(random), 'A3XR7M2')
  t.strictSame(known.version('shared.X'), { revision: 7, timestamp: 9 })
  t.equal(known.eventId(random), 'abc-1')
  t.equal(known.changeId(random), '42')
})
