import {
  type BridgeStart,
  type FromBridge,
  REPORT_MS,
  type ToBridge,
} from '../protocol/matter/messages.ts'
import { systemTimers } from './bridge-timers.ts'
import { Household } from './bridged-household.ts'
import { textOf } from './bridged-thermostat.ts'
import { follow } from './follow.ts'
import type { Keep } from './kept-storage.ts'
import type { NleApi } from './nle-api.ts'

/** The channel to nle, which started this process. */
export interface ParentChannel {
  send(message: FromBridge): void
  /** Messages from now on. */
  onMessage(receive: (message: ToBridge) => void): void
}

/**
 * The process of the Matter bridge: waits for `start`, shows the thermostats to controllers, and ends when it is
 * told to or nle is gone.
 *
 * @param connect - to the control API of nle, with a token
 * @param gone - aborted when nle is gone
 */
export async function runMatterBridge(
  parent: ParentChannel,
  connect: (start: BridgeStart, stop: AbortSignal) => NleApi,
  gone: AbortSignal,
): Promise<void> {
  const ending = new AbortController()
  gone.addEventListener('abort', () => ending.abort(), { once: true })
  const warn = (event: string, text: string): void =>
    parent.send({ type: 'log', level: 'warn', event, about: text, text })
  const keeping = new Map<number, (error: string | null) => void>()
  const keep: Keep = (changes) =>
    new Promise((resolve, reject) => {
      const id = keeping.size === 0 ? 1 : Math.max(...keeping.keys()) + 1
      keeping.set(id, (error) => (error === null ? resolve() : reject(new Error(error))))
      parent.send({ type: 'keep', id, changes })
    })
  let begin: (start: BridgeStart) => void = () => {}
  const started = new Promise<BridgeStart>((resolve) => {
    begin = resolve
  })
  let asked: (message: ToBridge) => void = () => {}
  parent.onMessage((message) => {
    if (message.type === 'start') begin(message)
    else if (message.type === 'stop') ending.abort()
    else if (message.type === 'kept') {
      keeping.get(message.id)?.(message.error)
      keeping.delete(message.id)
    } else asked(message)
  })
  const start = await Promise.race([started, aborted(ending.signal)])
  if (start === undefined) return
  // Matter's modules are loaded after their settings.
  await import('./environment.ts')
  const { Bridge } = await import('./bridge.ts')
  const bridge = await Bridge.create(start, keep, (level, about, text) =>
    parent.send({ type: 'log', level, event: 'Matter', about, text: `${about}: ${text}` }),
  )
  const world = { api: connect(start, ending.signal), host: bridge, timers: systemTimers, warn }
  const household = new Household(world)
  const report = (): void =>
    parent.send({
      type: 'report',
      ...bridge.codes(),
      fabrics: bridge.fabrics(),
      windowUntilMs: bridge.windowUntilMs(),
      thermostats: household.size,
      memoryBytes: memoryBytes(),
    })
  asked = (message) => {
    if (message.type !== 'openWindow' && message.type !== 'removeFabric') return
    const work =
      message.type === 'openWindow'
        ? bridge.openWindow(Date.now())
        : bridge.removeFabric(message.index)
    work.then(
      () => {
        report()
        parent.send({ type: 'done', id: message.id, error: null })
      },
      (error) => parent.send({ type: 'done', id: message.id, error: textOf(error) }),
    )
  }
  bridge.onChange(report)
  bridge.onReset(() => {
    // Nothing tells of changes any more: the endpoints are made anew.
    bridge.onChange(report)
    report()
    household
      .showAll([])
      .then(() => world.api.devices())
      .then((devices) => household.showAll(devices))
      .then(report)
      .catch((error) => warn('the thermostats could not be shown to Matter', textOf(error)))
  })
  const timer = setInterval(report, REPORT_MS)
  let isOnline = false
  let failure: unknown
  await follow({
    ...world,
    household,
    stop: ending.signal,
    // Not before every thermostat is there: a controller forgets the room of one that seems to be gone.
    async shown() {
      if (!isOnline) {
        try {
          await bridge.start()
        } catch (error) {
          failure = error
          ending.abort()
          return
        }
        isOnline = true
      }
      report()
    },
  })
  clearInterval(timer)
  if (failure !== undefined) throw failure
  await bridge.stop()
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function memoryBytes(): number | null {
  try {
    return process.memoryUsage.rss()
  } catch {
    // A container without /proc.
    return null
  }
}
