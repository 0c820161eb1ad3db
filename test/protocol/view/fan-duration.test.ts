import t from 'tap'
import { fanDurationS } from '../../../src/protocol/view/fan-duration.ts'

t.test('the duration of the fan timer is read in both forms', async (t) => {
  const cases: [string, Parameters<typeof fanDurationS>[0], number][] = [
    ['none', {}, 3600],
    ['seconds', { fan_timer_duration: 28_800 }, 28_800],
    ['minutes', { fan_timer_duration_minutes: 30 }, 1800],
    [
      'both: the firmware has the seconds',
      { fan_timer_duration: 900, fan_timer_duration_minutes: 30 },
      900,
    ],
    ['zero seconds', { fan_timer_duration: 0, fan_timer_duration_minutes: 30 }, 1800],
    ['at most 12 hours', { fan_timer_duration: 86_400 }, 43_200],
    ['a negative number', { fan_timer_duration: -5 }, 3600],
    ['text', { fan_timer_duration: '900' }, 3600],
    ['nothing to speak of', { fan_timer_duration: 0.2 }, 3600],
  ]
  for (const [name, device, expected] of cases) t.equal(fanDurationS(device), expected, name)
})
