import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'

/** Where everybody on a link asks and answers (RFC 6762). */
const GROUP = 'ff02::fb'
const PORT = 5353
const TIMEOUT_MS = 1_000

/**
 * Whether multicast gets out of this machine and in again on an interface, as Matter needs: sends a question to the
 * group, and waits to hear it.
 *
 * @returns undefined where that cannot be told, because another program keeps the port to itself
 */
export function hearsMulticast(interfaceName: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const question = query(`nle-doctor-${randomBytes(4).toString('hex')}`)
    const socket = createSocket({ type: 'udp6', reuseAddr: true })
    const done = (hears: boolean | undefined): void => {
      clearTimeout(timer)
      socket.removeAllListeners('error').on('error', () => {})
      socket.close()
      resolve(hears)
    }
    const timer = setTimeout(() => done(false), TIMEOUT_MS)
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      done(code === 'EADDRINUSE' || code === 'EACCES' ? undefined : false),
    )
    socket.on('message', (message) => {
      if (message.equals(question)) done(true)
    })
    socket.bind(PORT, () => {
      try {
        socket.addMembership(GROUP, `::%${interfaceName}`)
        socket.setMulticastInterface(`::%${interfaceName}`)
        socket.send(question, PORT, GROUP)
      } catch {
        done(false)
      }
    })
  })
}

/** An mDNS question for the address of a name that nobody has. */
function query(name: string): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const labels = [name, 'local'].flatMap((label) => [
    Buffer.from([label.length]),
    Buffer.from(label),
  ])
  // The end of the name, type AAAA, class IN.
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 28, 0, 1])])
}
