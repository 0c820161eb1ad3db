// node bench/servers/day.ts <database> <speed> [<history>]: nle on a clock that runs `speed` times as fast, with
// HISTORY as given.
import { resolveConfig } from '../../src/config.ts'
import { systemClock } from '../../src/server/core/clock.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { startServer } from '../../src/server/server.ts'
import { socketOfServer } from '../../src/store/socket-path.ts'

const [databasePath = '', speedText = '1', history = 'on'] = process.argv.slice(2)
const speed = Number(speedText)
const real = systemClock()
const start = real.now()

const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1', history }, {})
const server = await startServer({
  config: { ...config, serverPort: 0, controlPort: 0 },
  databasePath,
  socketPath: socketOfServer(databasePath, {}),
  log: silentLogger,
  clock: {
    now: () => {
      const elapsedMs = (real.now().steadyMs - start.steadyMs) * speed
      return { wallMs: start.wallMs + elapsedMs, steadyMs: start.steadyMs + elapsedMs }
    },
    setTimer: (ms, fire) => real.setTimer(ms / speed, fire),
    clearTimer: real.clearTimer,
  },
})
process.once('SIGTERM', () => {
  server.stop()
})
process.stdout.write(
  `${JSON.stringify({ device_url: server.deviceUrl, control_url: server.controlUrl, socket: server.socketPath })}\n`,
)
