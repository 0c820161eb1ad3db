import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { SYSTEM_TIME } from '../../../src/store/postgres/engine-time.ts'
import { Connections } from '../../../src/store/postgres/pools.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'

/** All connections that read at the same time. */
const READERS = 4
/** Longer than anybody waits for a connection. */
const SLOW_MS = 2_500

t.test('a connection that comes too late is given back', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  const connections = new Connections(await slowWay(t, postgres.port, postgres.url), SYSTEM_TIME)
  const reads = Array.from({ length: READERS + 1 }, () => connections.readAtOnce('SELECT 1'))
  const results = await Promise.allSettled(reads)
  t.ok(
    results.every(({ status }) => status === 'rejected'),
    'the last one has waited for too long',
  )
  const later = Array.from({ length: READERS }, () => connections.readAtOnce('SELECT 1'))
  t.equal((await Promise.allSettled(later)).filter(({ status }) => status === 'rejected').length, 0)
  await connections.close()
  t.pass('none is left')
})

/** A way to PostgreSQL that refuses the first connections, and is slow to answer the first query of the next. */
async function slowWay(t: Test, port: number, url: string): Promise<string> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((near) => {
    count += 1
    sockets.add(near)
    near.on('error', () => {})
    if (count <= READERS) {
      near.destroy()
      return
    }
    const isSlow = count === READERS + 1
    const far = connect(port, '127.0.0.1')
    sockets.add(far)
    far.on('error', () => {})
    near.on('data', (bytes) => {
      if (isSlow && bytes.includes('SHOW')) setTimeout(() => far.write(bytes), SLOW_MS)
      else far.write(bytes)
    })
    far.on('data', (bytes) => near.write(bytes))
    near.on('close', () => far.end())
    far.on('close', () => near.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  return through.href
}
