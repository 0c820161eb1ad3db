/**
 * Tells systemd that nle is ready, alive and stopping. The message is one datagram to a unix socket,
 * and Node has no unix datagrams, so systemd's own `systemd-notify` sends it: one short-lived child
 * per message, which is why the unit has `NotifyAccess=all`. Without systemd, or under a unit that
 * does not ask for messages, every call does nothing.
 */
import { execFile } from 'node:child_process'

/** How long systemd waits for the end of nle before it kills, as its unit says; seconds. */
export const STOP_TIMEOUT_S = 10

/** What a notifier needs of the world; a test passes its own. */
export interface NotifyWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Runs `systemd-notify` with these arguments; rejects when it cannot. */
  run(args: readonly string[]): Promise<void>
  /** Calls `tick` every `periodMs` until the returned function is called; keeps no process alive. */
  every(periodMs: number, tick: () => Promise<void>): () => void
  /** Called once, for the first message that cannot be sent. */
  warn(message: string): void
}

/** The notifier for this environment: it does nothing unless systemd set NOTIFY_SOCKET. */
export function createNotifier(world: NotifyWorld) {
  const asked = (world.env.NOTIFY_SOCKET ?? '') !== ''
  let warned = false

  async function send(...args: string[]): Promise<void> {
    if (!asked) return
    try {
      await world.run(args)
    } catch (error) {
      if (warned) return
      warned = true
      const reason = error instanceof Error ? error.message : String(error)
      world.warn(
        `systemd could not be told ${args[0]}: ${reason}. ` +
          'Where systemd-notify is missing, set Type=exec and no WatchdogSec in the unit.',
      )
    }
  }

  return {
    /** The listeners are open. `status` is the line `systemctl status` shows. */
    ready: (status?: string) =>
      send('READY=1', ...(status === undefined ? [] : [`STATUS=${status}`])),
    /**
     * The process is about to end, after it has handed its thermostats to others for so long: systemd then waits
     * that much longer than `TimeoutStopSec` before it kills.
     */
    stopping: (drainS = 0) =>
      send(
        'STOPPING=1',
        ...(drainS > 0 ? [`EXTEND_TIMEOUT_USEC=${(drainS + STOP_TIMEOUT_S) * 1_000_000}`] : []),
      ),
    /**
     * Reports life twice per watchdog period while `healthy` returns true; without a report systemd
     * restarts the service. The call itself shows that the event loop turns; `healthy` may check more.
     * Returns the function that ends it.
     */
    startWatchdog(healthy = async () => true): () => void {
      const periodMs = watchdogPeriodMs(world.env, world.pid)
      if (!asked || periodMs === undefined) return () => {}
      return world.every(periodMs, async () => {
        if (await healthy()) await send('WATCHDOG=1')
      })
    },
  }
}

/**
 * How often to report life: half of what systemd waits, as its manual advises. `undefined` when no
 * watchdog is set, or it is set for another process.
 */
export function watchdogPeriodMs(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  const limitUs = Number(env.WATCHDOG_USEC)
  if (!Number.isFinite(limitUs) || limitUs <= 0) return undefined
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(pid)) return undefined
  return Math.max(1, Math.floor(limitUs / 1000 / 2))
}

/** The process's own environment, timers and `systemd-notify`. */
export function systemNotifyWorld(warn: (message: string) => void): NotifyWorld {
  return {
    env: process.env,
    pid: process.pid,
    run: (args) =>
      new Promise((resolve, reject) => {
        execFile('systemd-notify', [...args], { timeout: 5000 }, (error) => {
          if (error === null) resolve()
          else reject(error)
        })
      }),
    every(periodMs, tick) {
      const timer = setInterval(tick, periodMs)
      timer.unref()
      return () => clearInterval(timer)
    },
    warn,
  }
}
