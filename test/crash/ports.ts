import { createServer } from 'node:net'
import type { Random } from '../simulation/random.ts'

/**
 * Two free ports below the ephemeral range: an outgoing connection could otherwise take one while the
 * server is down.
 */
export async function freePorts(random: Random): Promise<Record<string, string>> {
  const found: number[] = []
  while (found.length < 2) {
    const port = 20_000 + random.int(10_000)
    if (!found.includes(port) && (await isFree(port))) found.push(port)
  }
  return { SERVER_PORT: String(found[0]), CONTROL_PORT: String(found[1]) }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
