import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { nle } from '../shell.ts'

const DEVICE = { serial: '02AA01AC31140KD6', name: 'Kitchen', mode: 'heat', is_available: true }

t.test('a stream that ends is taken up again where it was', async (t) => {
  const stop = new AbortController()
  const askedFrom: (string | undefined)[] = []
  let target = 20
  const status = () => ({ ...DEVICE, target_temperature: target })
  const server = createServer((request, response) => {
    if (request.url === '/health') response.end('{"status":"ok","server":"nle"}')
    else if (request.url === '/api/devices') response.end(JSON.stringify({ devices: [status()] }))
    else {
      askedFrom.push(request.headers['last-event-id']?.toString())
      // The second time it is another process, which does not know the id.
      if (askedFrom.length === 1) response.end('id: a-7\n\n')
      else response.write('id: b-1\nevent: resync\ndata: {}\n\n')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { exitCode, stdout, stderr } = await nle(['watch', '--server', url], {
    stop: stop.signal,
    onSleep: () => {
      target = 23
    },
    onOutput: () => stop.abort(),
  })
  t.equal(exitCode, 0)
  t.same(askedFrom, [undefined, 'a-7'])
  t.match(
    stderr,
    /^Watching .*\nThe server does not answer; waiting for it\.\nThe server is back\.\n$/,
  )
  t.match(stdout, /Kitchen {2}target 23 °C\n$/, 'what was missed is told as it is now')
})
