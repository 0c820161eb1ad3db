import { leftMs } from '../../../protocol/view/time-left.ts'
import { durationText } from '../../format/durations.ts'
import { clockText } from '../../format/times.ts'
import { nowMs } from '../../state/household.ts'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'
import { RunFor } from './run-for.tsx'
import { choiceText } from './setting-field.ts'

const { device: texts } = TEXTS

const MINUTES = [30, 60, 120]

/** Hot water and its boost; nothing for a thermostat that does not control any. */
export function HotWaterPanel({ serial, status }: DeviceProps) {
  const { value } = status
  if (value === undefined || value.hot_water === null) return null
  const { active, mode, boost_until: untilS } = value.hot_water
  const left = leftMs(untilS, nowMs.value)
  const boost = (seconds: number) => {
    const until = seconds === 0 ? 0 : Math.floor(Date.now() / 1000) + seconds
    void send(serial, 'set_device_setting', { hot_water_boost_time_to_end: until })
  }
  return (
    <section class="panel" aria-labelledby="hot-water">
      <h2 id="hot-water">{texts.hotWater}</h2>
      <p class="quiet">
        {[
          active === null ? undefined : active ? texts.hotWaterActive : texts.hotWaterRests,
          mode === null ? undefined : texts.hotWaterModes(choiceText(mode)),
          left > 0 ? texts.boostLeft(clockText(untilS * 1000), durationText(left)) : undefined,
        ]
          .filter((part) => part !== undefined)
          .join(' · ')}
      </p>
      <RunFor
        label={texts.boostFor}
        start={texts.boost}
        minutes={MINUTES}
        usual={60}
        isFixed={!maySend(value)}
        isRunning={left > 0}
        run={boost}
      />
    </section>
  )
}
