import { leftMs } from '../../../protocol/view/time-left.ts'
import { durationText } from '../../format/durations.ts'
import { clockText } from '../../format/times.ts'
import { nowMs } from '../../state/household.ts'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'
import { RunFor } from './run-for.tsx'

const { device: texts } = TEXTS

const MINUTES = [15, 30, 45, 60, 120, 240, 480, 720]

/** The fan's timer; nothing for a thermostat without a fan. */
export function FanPanel({ serial, status }: DeviceProps) {
  const { value } = status
  if (value === undefined || !value.capabilities.has_fan) return null
  const { fan_timer_timeout: untilS } = value
  const left = leftMs(untilS, nowMs.value)
  return (
    <section class="panel" aria-labelledby="fan">
      <h2 id="fan">{texts.fan}</h2>
      <p class="quiet">
        {left > 0 ? texts.left(clockText(untilS * 1000), durationText(left)) : texts.fanAuto}
      </p>
      <RunFor
        label={texts.fanFor}
        start={texts.run}
        minutes={MINUTES}
        usual={60}
        isFixed={!maySend(value)}
        isRunning={left > 0}
        run={(seconds) => void send(serial, 'set_fan', seconds === 0 ? 'auto' : seconds)}
      />
    </section>
  )
}
