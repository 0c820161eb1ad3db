import type { Test } from 'tap'
import { resolveConfig } from '../../src/config.ts'
import { type Clock, systemClock } from '../../src/server/core/clock.ts'
import { type Logger, silentLogger } from '../../src/server/core/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'

export interface LoopbackOptions {
  readonly databasePath?: string
  readonly clock?: Clock
  readonly settingsPagePort?: number
  readonly log?: Logger
  /** Settings beside the addresses, as people write them. */
  readonly flags?: Readonly<Record<string, string>>
}

/** A whole server on free ports of this machine alone, stopped when the test ends. */
export async function loopbackServer(t: Test, options: LoopbackOptions = {}) {
  const { config } = resolveConfig(
    {
      serverHost: '127.0.0.1',
      serverPort: '0',
      controlHost: '127.0.0.1',
      controlPort: '0',
      ...options.flags,
    },
    {},
  )
  const server = await startServer({
    config,
    databasePath: options.databasePath ?? ':memory:',
    clock: options.clock ?? systemClock(),
    log: options.log ?? silentLogger,
    ...(options.settingsPagePort === undefined
      ? {}
      : { settingsPagePort: options.settingsPagePort }),
  })
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await server.stop()
  }
  t.teardown(stop)
  return { ...server, stop } satisfies RunningServer
}
