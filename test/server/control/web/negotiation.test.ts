import t from 'tap'
import {
  encodingFor,
  hasVersion,
  wantsPage,
} from '../../../../src/server/control/web/negotiation.ts'

t.test('browsers want the page; programs want JSON', async (t) => {
  const chromium = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  for (const accept of [
    chromium,
    'text/html',
    'TEXT/HTML; q=0.5',
    'application/json;q=0.1,text/html',
  ]) {
    t.equal(wantsPage(accept), true, accept)
  }
  const programs = [
    '*/*',
    'application/json',
    'text/*',
    'text/html;q=0',
    'text/html;q=x',
    '',
    undefined,
  ]
  for (const accept of [...programs, 'application/json, text/html;q=0.9', 'x/text/html']) {
    t.equal(wantsPage(accept), false, String(accept))
  }
})

t.test('the smallest encoding that is accepted is sent', async (t) => {
  t.equal(encodingFor('gzip, deflate, br, zstd'), 'br')
  t.equal(encodingFor('gzip, deflate'), 'gzip', 'as browsers ask on plain HTTP')
  t.equal(encodingFor('br;q=0, GZIP;q=0.5'), 'gzip')
  for (const accept of ['identity', '*', 'brotli', '', undefined]) {
    t.equal(encodingFor(accept), undefined, String(accept))
  }
})

t.test('a version is known in whatever form proxies pass it on', async (t) => {
  for (const header of ['W/"a"', '"a"', '"b", W/"a"']) t.ok(hasVersion(header, 'W/"a"'), header)
  for (const header of ['"b"', 'a', '', undefined])
    t.notOk(hasVersion(header, 'W/"a"'), header ?? '')
})
