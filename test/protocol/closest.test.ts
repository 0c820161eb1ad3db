import t from 'tap'
import { alike, closest } from '../../src/protocol/closest.ts'

const WORDS = ['temperature', 'mode', 'fan', 'eco-high', 'Hallway']
const SETTINGS = ['target_humidity', 'target_humidity_enabled', 'click_sound', 'learning_mode']

t.test('suggests a word for one or two typing errors', async (t) => {
  t.equal(closest('temprature', WORDS), 'temperature')
  t.equal(closest('mdoe', WORDS), 'mode')
  t.equal(closest('eco-hihg', WORDS), 'eco-high')
  t.equal(closest('hallwy', WORDS), 'Hallway')
  t.equal(closest('humidity', WORDS), undefined)
  t.equal(closest('x'.repeat(1_000_000), WORDS), undefined)
})

t.test('else suggests words that have a part in common', async (t) => {
  t.strictSame(alike('target_humidty', SETTINGS), ['target_humidity'])
  t.strictSame(alike('current_humidity', SETTINGS), ['target_humidity', 'target_humidity_enabled'])
  t.strictSame(alike('sound', SETTINGS), ['click_sound'])
  t.strictSame(alike('hvac_heater_state', SETTINGS), [])
  t.strictSame(alike('', SETTINGS), [])
})
