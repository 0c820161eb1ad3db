import t from 'tap'
import { findDevice } from '../../../src/commands/client/find-device.ts'

const KITCHEN = { serial: '02AA01AC31140KD6', name: 'Kitchen' }
const DEN = { serial: '02AA01AC31140XD6', name: 'Den' }
const BED = { serial: '02AA01AC31140KD7', name: '02AA01AC31140KD7' }
const ALL = [KITCHEN, DEN, BED]

t.test('a thermostat is found by its serial, its name, or the end of its serial', async (t) => {
  t.equal(findDevice(ALL, '02aa01ac31140kd6'), KITCHEN)
  t.equal(findDevice(ALL, ' kitchen '), KITCHEN)
  t.equal(findDevice(ALL, 'kd6'), KITCHEN)
  t.equal(findDevice(ALL, '0KD7'), BED)
})

t.test('an ambiguous name is refused, with the candidates', async (t) => {
  t.throws(() => findDevice(ALL, 'D6'), {
    code: 'invalid',
    message: /"D6" could be 2 thermostats: Kitchen \(02AA01AC31140KD6\), Den/,
  })
  t.throws(() => findDevice([KITCHEN, { ...DEN, name: 'kitchen' }], 'Kitchen'), { code: 'invalid' })
})

t.test('a name wins over the end of another serial', async (t) => {
  t.equal(findDevice([...ALL, { serial: '02AA01AC3114FFFF', name: 'KD6' }], 'kd6').name, 'KD6')
})

t.test('an unknown name is refused, with the thermostats there are', async (t) => {
  t.throws(() => findDevice(ALL, 'Attic'), {
    code: 'not_found',
    message: /Kitchen \(02AA01AC31140KD6\), Den \(.*\), 02AA01AC31140KD7\./,
  })
  const short = /The end of a serial needs at least 2 characters\.$/
  t.throws(() => findDevice(ALL, '6'), { code: 'not_found', message: short })
  t.throws(() => findDevice([], 'Attic'), { code: 'not_found', message: /nle pair/ })
  const many = Array.from({ length: 12 }, (_, i) => ({ serial: `S${i}`, name: `N${i}` }))
  t.throws(() => findDevice(many, 'x'), { message: /N9 \(S9\) and 2 more/ })
})
