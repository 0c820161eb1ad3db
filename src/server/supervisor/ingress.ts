import type { Server } from 'node:http'
import { NleError } from '../../errors.ts'
import { plainAddress } from '../../protocol/lan/addresses.ts'
import { ingressIn } from '../../protocol/supervisor/supervisor-answers.ts'
import { createListener, type ListenerOptions, listen } from '../http/listener.ts'
import { Inquiry, type InquiryWorld } from './inquiry.ts'
import { askSupervisor, type Supervisor } from './supervisor.ts'

/** Several pages of several people, each with a stream of events; the supervisor reuses connections. */
const MAX_CONNECTIONS = 256

/**
 * The listener for people who look at the page within Home Assistant. The supervisor has checked who they are, so
 * its address is the credential, and every other caller is hung up on before it is heard.
 */
export function ingressListener(options: ListenerOptions, { address }: Supervisor): Server {
  const server = createListener({
    ...options,
    name: 'ingress',
    maxConnections: MAX_CONNECTIONS,
    offenders: undefined,
    credential: 'ingress',
  })
  server.on('connection', (socket) => {
    const caller = plainAddress(socket.remoteAddress)
    if (caller === address) return
    options.log.warn('a stranger called where only Home Assistant may; it was hung up on', {
      address: caller,
    })
    socket.destroy()
  })
  return server
}

/** Asks the supervisor where it looks for the page, and has the server listen there. */
export function ingressInquiry(
  server: Server,
  supervisor: Supervisor,
  world: InquiryWorld,
): Inquiry {
  const { clock, log } = world
  const open = async (stopping: AbortSignal): Promise<undefined> => {
    const self = await askSupervisor(supervisor, '/addons/self/info', clock, stopping)
    const at = ingressIn(self)
    if (at === undefined) throw new NleError('not_found', 'the supervisor gives no port for it')
    if (stopping.aborted) return
    await listen(server, { ...at, what: 'page within Home Assistant' })
    // It was stopped while it began to listen.
    if (stopping.aborted) server.close()
    else log.info('the page is within Home Assistant', { at: `${at.host}:${at.port}` })
  }
  return new Inquiry(world, open, 'the page within Home Assistant has to wait')
}
