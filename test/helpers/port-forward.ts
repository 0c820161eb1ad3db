import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A port on this machine whose connections go on to another one, as a published container port does. */
export async function portForward(t: Test, target: string): Promise<{ url: string; port: number }> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((outside) => {
    const inside = connect(Number(port), hostname)
    for (const [from, to] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const at = (server.address() as AddressInfo).port
  return { url: `http://127.0.0.1:${at}`, port: at }
}
