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

t.test('a thermostat is found by the beginning of its name, when only one has it', async (t) => {
  const UPSTAIRS = { serial: '02AA01AC3114FFF1', name: 'Hallway upstairs' }
  const HALLWAY = { serial: '02AA01AC3114FFF2', name: 'Hallway' }
  t.equal(findDevice(ALL, 'kit'), KITCHEN)
  t.equal(findDevice([UPSTAIRS, HALLWAY], 'hallway'), HALLWAY, 'a whole name wins')
  t.equal(findDevice([UPSTAIRS, HALLWAY], 'hallway u'), UPSTAIRS)
  t.throws(() => findDevice([UPSTAIRS, HALLWAY], 'hall'), {
    code: 'invalid',
    message: /"hall" could be 2 thermostats: Hallway upstairs \(.*\), Hallway \(.*Write more/,
  })
  const F1 = { serial: '02AA01AC3114FFF3', name: 'FFF1 lamp room' }
  t.equal(findDevice([UPSTAIRS, F1], 'fff1'), UPSTAIRS, 'the end of a serial wins')
  t.throws(() => findDevice(ALL, ''), { code: 'not_found' })
})

t.test('a whole name wins over a serial', async (t) => {
  const odd = { serial: '02AA01AC3114FFF1', name: KITCHEN.serial }
  t.equal(findDevice([KITCHEN, odd], KITCHEN.serial), odd)
})

t.test('"all" is the name of no thermostat', async (t) => {
  const named = { serial: '02AA01AC3114FFF1', name: 'All' }
  t.throws(() => findDevice([...ALL, named], 'ALL'), {
    code: 'invalid',
    message: /"all" stands for every thermostat, and this command takes one: Kitchen/,
  })
})

t.test('a name with a typing error is guessed in the refusal, not taken', async (t) => {
  t.throws(() => findDevice(ALL, 'kitchne'), {
    code: 'not_found',
    message: /Did you mean Kitchen\?/,
  })
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
