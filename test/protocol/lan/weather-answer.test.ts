import t from 'tap'
import { isPlaceOf, outdoorCelsius, placeOf } from '../../../src/protocol/lan/weather-answer.ts'

t.test('reads the temperature of now, in the unit that the field names', async (t) => {
  const cases: [string, unknown, number | undefined][] = [
    [
      'as the upstream answers',
      { '00000,US': { current: { temp_c: 12.5, temp_f: 54.5 }, location: {} } },
      12.5,
    ],
    ['Fahrenheit alone', { '00000,US': { current: { temp_f: 50 } } }, 10],
    ['the part itself', { current: { temp_c: 3 }, forecast: {} }, 3],
    ['another name for it', { now: { temperature_c: -4.25 } }, -4.25],
    ['without a part', { temp_c: 0 }, 0],
    ['as text', { current: { temp_c: '7.5' } }, 7.5],
    ['current_temp_f', { now: { current_temp_f: 32 } }, 0],
    ['no unit', { now: { current_temperature: 60 } }, undefined],
    ['a forecast only', { '00000,US': { forecast: { daily: [{ temp_c: 5 }] } } }, undefined],
    ['no number', { current: { temp_c: null, temp_f: '' } }, undefined],
    ['not on this planet', { current: { temp_c: 900 } }, undefined],
    ['several places', { a: { temp_c: 1 }, b: { temp_c: 2 } }, undefined],
    ['a list', [{ temp_c: 1 }], undefined],
    ['nothing', null, undefined],
  ]
  for (const [name, answer, expected] of cases) t.equal(outdoorCelsius(answer), expected, name)
})

t.test('the place of a question', async (t) => {
  const cases: [string, ReturnType<typeof placeOf>][] = [
    ['query=00000%2CUS', { postalCode: '00000', country: 'US' }],
    ['query=aa1+1aa%2Cgb', { postalCode: 'AA11AA', country: 'GB' }],
    ['query=00000', { postalCode: '00000', country: undefined }],
    ['country=DE&postal_code=00000', { postalCode: '00000', country: 'DE' }],
    ['query=', undefined],
    ['a=1', undefined],
  ]
  for (const [key, expected] of cases) t.strictSame(placeOf(key), expected, key)
})

t.test('a thermostat is at the place whose postal code it reports', async (t) => {
  const place = { postalCode: 'AA11AA', country: 'GB' }
  t.ok(isPlaceOf(place, { postal_code: 'aa1 1aa', country_code: 'GB' }))
  t.ok(isPlaceOf(place, { postal_code: 'AA11AA' }))
  t.ok(isPlaceOf({ ...place, country: undefined }, { postal_code: 'AA11AA', country_code: 'GB' }))
  t.notOk(isPlaceOf(place, { postal_code: 'AA11AA', country_code: 'US' }))
  t.notOk(isPlaceOf(place, { postal_code: 'AA11AB', country_code: 'GB' }))
  t.notOk(isPlaceOf(place, { postal_code: 0 }))
})
