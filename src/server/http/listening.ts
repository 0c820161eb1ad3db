import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { isUnspecified } from '../../protocol/lan/addresses.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { listenOnSocket } from './local-socket.ts'

/** How long responses have to leave when the server stops (`S9`). */
const STOP_GRACE_MS = 1_500

/** @throws NleError `invalid` */
export function refuseSamePort({ serverHost, serverPort, controlHost, controlPort }: Config): void {
  if (serverPort !== controlPort || serverPort === 0) return
  const everywhere = [serverHost, controlHost].some(isUnspecified)
  if (serverHost !== controlHost && !everywhere) return
  throw new NleError(
    'invalid',
    `Port ${serverPort} cannot be both that of thermostats and that of the control API: choose another one with --port (SERVER_PORT) or --control-port (CONTROL_PORT).`,
  )
}

/**
 * Listens for commands of this machine. Where that is not possible the server goes on without: thermostats
 * do not depend on it.
 *
 * @returns where it listens
 */
export async function listenForCommands(
  server: Server,
  { socketPath, log }: { readonly socketPath?: string | undefined; readonly log: Logger },
): Promise<string | undefined> {
  if (socketPath === undefined) return undefined
  try {
    await listenOnSocket(server, socketPath)
    return socketPath
  } catch (error) {
    log.warn('no socket for commands of this machine; they use the network', {
      socket: socketPath,
      reason: error instanceof Error ? error.message : String(error),
      mend: 'name a database with a shorter path, on a local disk, or give commands an admin token: "nle token create --scope admin", and NLE_TOKEN',
    })
    return undefined
  }
}

/** Where other machines reach a listener, as far as that can be told. */
export function lanUrl(at: AddressInfo, lan: { readonly address: string } | undefined): string {
  return isUnspecified(at.address) && lan !== undefined
    ? `http://${lan.address}:${at.port}`
    : localUrl(at)
}

/** Where this machine itself reaches a listener. */
export function localUrl(at: AddressInfo): string {
  const { address, port, family } = at
  if (isUnspecified(address)) return `http://127.0.0.1:${port}`
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`
}

/** Stops accepting, waits a moment for what is being answered, then closes what is left. */
export function closeServer(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(STOP_GRACE_MS, () => server.closeAllConnections())
    server.close(() => {
      clock.clearTimer(timer)
      resolve()
    })
  })
}
