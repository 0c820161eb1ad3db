import t from 'tap'
import { MAX_BODY_BYTES } from '../../../src/server/http/body.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

/** Every endpoint that takes a body. */
const WITH_BODY = [
  ['POST', '/command'],
  ['POST', '/notify-device'],
  ['POST', '/api/register'],
  ['POST', '/api/ensure-user'],
  ['DELETE', '/api/device'],
] as const

/** Every path, a wrong method, and the methods that are right. */
const WRONG_METHODS = [
  ['/health', 'POST', 'GET, HEAD'],
  ['/status', 'PUT', 'GET, HEAD'],
  ['/command', 'GET', 'POST'],
  ['/notify-device', 'DELETE', 'POST'],
  ['/api/devices', 'DELETE', 'GET, HEAD'],
  ['/api/device', 'POST', 'DELETE'],
  ['/api/schedule', 'POST', 'GET, HEAD'],
  ['/api/changes', 'DELETE', 'GET, HEAD'],
  ['/api/changes/1', 'POST', 'GET, HEAD'],
  ['/api/events', 'POST', 'GET, HEAD'],
  ['/api/stats', 'POST', 'GET, HEAD'],
  ['/api/config', 'POST', 'GET, HEAD'],
  ['/api/register', 'GET', 'POST'],
  ['/api/ensure-user', 'GET', 'POST'],
  ['/api/registered-devices', 'DELETE', 'GET, HEAD'],
  [`/api/registered-devices/${SERIAL}`, 'GET', 'DELETE'],
  [`/api/dismiss-pairing/${SERIAL}`, 'GET', 'POST'],
] as const

t.test('a wrong method is 405 with the right ones in Allow', async (t) => {
  const { ask } = await startHome(t)
  for (const [path, method, allow] of WRONG_METHODS) {
    const { status, headers, body } = await ask(method, path)
    t.equal(status, 405, `${method} ${path}`)
    t.equal(headers.get('allow'), allow)
    t.match(body, { success: false, message: /does not take/, error: /does not take/ })
  }
})

t.test('an unknown path is 404 in JSON', async (t) => {
  const { ask } = await startHome(t)
  for (const path of ['/api', '/commands', '/api/changes/1/2', '/../etc/passwd']) {
    const { status, body } = await ask('GET', path)
    t.equal(status, 404, path)
    t.match(body, { success: false, message: /nothing at/ })
  }
  t.equal((await ask('GET', '/%E0%A4%A')).status, 400, 'and one that cannot be decoded 400')
})

t.test('a body that is no JSON object is 400 in JSON', async (t) => {
  const { ask } = await startHome(t)
  const bodies = ['', '{', 'null', '[]', '"x"', '7', '['.repeat(100) + ']'.repeat(100)]
  for (const [method, path] of WITH_BODY) {
    for (const body of bodies) {
      const answer = await ask(method, path, body)
      t.equal(answer.status, 400, `${method} ${path} ${body.slice(0, 10)}`)
      t.match(answer.body, { success: false, message: /\w/, error: /\w/ })
    }
  }
})

t.test('a body that is too large is 413 in JSON', async (t) => {
  const { ask } = await startHome(t)
  const body = JSON.stringify({ serial: SERIAL, filler: 'x'.repeat(MAX_BODY_BYTES) })
  for (const [method, path] of WITH_BODY) {
    const answer = await ask(method, path, body)
    t.equal(answer.status, 413, `${method} ${path}`)
    t.match(answer.body, { success: false, message: /larger than/ })
  }
})
