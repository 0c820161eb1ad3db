import type { Metric } from '../../protocol/metrics/metric.ts'
import {
  type MeasuredThermostat,
  thermostatMetrics,
} from '../../protocol/metrics/thermostat-metrics.ts'
import { openChanges } from '../../protocol/thermostat/state.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { Core } from '../core/core.ts'
import { nextTurn } from '../core/turns.ts'

/** Thermostats that are loaded before the event loop serves others again. */
const PER_TURN = 32

export interface Measured {
  readonly metrics: readonly Metric[]
  readonly paired: number
  readonly unpaired: number
  /** Changes on their way to paired thermostats, by state. */
  readonly openChanges: ReadonlyMap<string, number>
}

/** Measures the paired thermostats. Anybody can make up others, so they are only counted. */
export async function measure(core: Core): Promise<Measured> {
  const { store, presence, subscriptions, outdoor, clock } = core
  const onFile = await store.thermostats()
  const paired = onFile.filter(({ owner }) => owner !== undefined)
  await presence.learn(paired.map(({ serial }) => serial))
  const measured: MeasuredThermostat[] = []
  const open = new Map([
    ['queued', 0],
    ['sent', 0],
  ])
  for (const [i, { serial }] of paired.entries()) {
    if (i % PER_TURN === PER_TURN - 1) await nextTurn()
    const state = await store.shown(serial)
    const { wallMs, steadyMs } = clock.now()
    const view = viewOf(state, wallMs, { outdoor: outdoor.of(state, steadyMs) })
    const { device } = state
    if (view === undefined || device === undefined) continue
    for (const change of openChanges(state)) {
      open.set(change.state, (open.get(change.state) ?? 0) + 1)
    }
    measured.push({
      view,
      model: device.model,
      softwareVersion: device.softwareVersion,
      isAvailable: presence.isAvailable(serial),
      lastSeenMs: presence.lastSeenMs(serial) ?? device.lastSeenAtMs,
      connections: subscriptions.count(serial),
    })
  }
  return {
    metrics: thermostatMetrics(measured),
    paired: paired.length,
    unpaired: onFile.length - paired.length,
    openChanges: open,
  }
}
