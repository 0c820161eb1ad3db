import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to PostgreSQL that cuts the connection around a commit. */
export interface CommitCutter {
  readonly cuts: number
  /** The address of a database, by this way. */
  through(url: string): string
  /** Cuts with the next commit, before or after PostgreSQL gets it; its answer is lost either way. */
  cutNext(isForwarded: boolean): void
}

export async function commitCutter(t: Test, port: number): Promise<CommitCutter> {
  const sockets = new Set<Socket>()
  let cut: 'none' | 'before' | 'after' = 'none'
  let cuts = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let isSilent = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.on('data', (bytes) => {
      if (cut === 'none' || !bytes.includes('COMMIT')) {
        far.write(bytes)
        return
      }
      cuts += 1
      if (cut === 'before') far.destroy()
      else far.write(bytes)
      isSilent = cut === 'after'
      if (cut === 'before') near.destroy()
      cut = 'none'
    })
    far.on('data', (bytes) => {
      if (isSilent) near.destroy()
      else near.write(bytes)
    })
    near.on('close', () => far.end())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    get cuts() {
      return cuts
    },
    through: (url) => url.replace(`:${port}/`, `:${(server.address() as AddressInfo).port}/`),
    cutNext: (isForwarded) => {
      cut = isForwarded ? 'after' : 'before'
    },
  }
}
