import type { FromBridge, ToBridge } from '../../protocol/matter/messages.ts'
import { apiOfServer } from './api-of-server.ts'

/**
 * The process of the Matter bridge, which a server has started. It ends with that server.
 *
 * @returns the exit code
 */
export async function bridgeProgram(): Promise<number> {
  if (process.send === undefined) {
    process.stderr.write('This is started by the server: "nle matter on".\n')
    return 2
  }
  const gone = new AbortController()
  process.on('disconnect', () => gone.abort())
  // Ctrl-C on the terminal of the server reaches this process, too. The server says when to stop.
  process.on('SIGINT', () => {})
  // Loaded here: it takes long, and no other command needs it.
  const { runMatterBridge } = await import('../../matter/program.ts')
  try {
    await runMatterBridge(
      {
        send: (message: FromBridge) => void process.send?.(message, undefined, {}, () => {}),
        onMessage: (receive) => process.on('message', (message) => receive(message as ToBridge)),
      },
      apiOfServer,
      gone.signal,
    )
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  } finally {
    if (process.connected) process.disconnect()
  }
}
