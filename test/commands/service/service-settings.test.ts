import t from 'tap'
import { withVariable } from '../../../src/commands/service/service-settings.ts'

t.test('a setting of the service is replaced or added; everything else stays', async (t) => {
  const set = (text: string) => withVariable(text, 'API_ORIGIN', 'http://a:8000')
  t.equal(set(''), 'API_ORIGIN=http://a:8000\n')
  t.equal(set('# Note\nLOG=x'), '# Note\nLOG=x\nAPI_ORIGIN=http://a:8000\n')
  t.equal(
    set('A=1\nAPI_ORIGIN=old\n# API_ORIGIN=example\nB=2\nAPI_ORIGIN=older\n'),
    'A=1\nAPI_ORIGIN=http://a:8000\n# API_ORIGIN=example\nB=2\n',
  )
})
