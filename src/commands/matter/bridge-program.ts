import type { FromBridge, ToBridge } from '../../protocol/matter/messages.ts'
import { apiOfServer } from './api-of-server.ts'

/** How long the bridge may take to leave the network once the server is gone. */
const LEAVE_MS = 2_000

/**
 * The process of the Matter bridge, which a server has started. It ends with that server.
 *
 * @returns the exit code where no server started it; else it ends the process
 */
export async function bridgeProgram(): Promise<number> {
  if (process.send === undefined) {
    process.stderr.write('This is started by the server: "nle matter on".\n')
    return 2
  }
  const gone = new AbortController()
  process.on('disconnect', () => {
    gone.abort()
    // Whatever Matter waits for: the next server's bridge needs the port.
    setTimeout(() => process.exit(1), LEAVE_MS).unref()
  })
  // Ctrl-C on the terminal of the server reaches this process, too. The server says when to stop.
  process.on('SIGINT', () => {})
  try {
    // Loaded here: it takes long, and no other command needs it.
    const { runMatterBridge } = await import('../../matter/program.ts')
    await runMatterBridge(
      {
        send: (message: FromBridge) => void process.send?.(message, undefined, {}, () => {}),
        onMessage: (receive) => process.on('message', (message) => receive(message as ToBridge)),
      },
      apiOfServer,
      gone.signal,
    )
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 1
  }
  // Sockets and timers of Matter would keep it alive.
  process.exit()
}
