import t from 'tap'
import { originIn, originRemarks } from '../../../src/protocol/lan/typed-origin.ts'
import { refusal } from '../make.ts'

const ORIGIN = 'http://192.168.1.5:8000'

t.test('E6: the end of a cloudregisterurl is dropped with a note', async (t) => {
  for (const end of [
    '/',
    '/entry',
    '/entry/',
    '/nest/entry',
    '/nest',
    '/nest/',
    '/Entry',
    '/entry/entry',
    '/nest//entry',
  ]) {
    t.equal(originIn(ORIGIN + end), ORIGIN, end)
    const [remark, ...others] = originRemarks(ORIGIN + end, ORIGIN, 8000)
    t.match(remark, { level: 'note', message: `the end ${end} is dropped` }, end)
    t.match(remark?.message, `told ${ORIGIN}`)
    t.strictSame(others, [])
  }
  t.strictSame(originRemarks(ORIGIN, ORIGIN, 8000), [])
  t.equal(originIn('http://nest:8000'), 'http://nest:8000')
  t.equal(originIn('http://entry'), 'http://entry:80')
})

t.test('E6: any other path is kept with a warning', async (t) => {
  for (const [typed, told] of [
    ['/behind/proxy', '/behind/proxy'],
    ['/nle/entry', '/nle'],
    ['/nestling', '/nestling'],
    ['/re-entry', '/re-entry'],
  ] as const) {
    t.equal(originIn(ORIGIN + typed), ORIGIN + told, typed)
    const remarks = originRemarks(ORIGIN + typed, ORIGIN + told, 8000)
    t.match(remarks.at(-1), {
      level: 'warning',
      message: `the path ${told}`,
      mend: `API_ORIGIN=${ORIGIN}`,
    })
    t.equal(remarks.length, typed === told ? 1 : 2)
  }
})

t.test('E6: a .local name, 0.0.0.0 and a missing port are told', async (t) => {
  const remarks = (written: string) => originRemarks(written, originIn(written), 8000)
  for (const name of ['http://nas.local:8000', 'http://NAS.LOCAL.:8000']) {
    t.match(remarks(name), [{ level: 'warning', message: /mDNS/ }], name)
  }
  t.match(remarks('http://0.0.0.0:8000'), [{ level: 'warning', message: /0\.0\.0\.0/ }])
  t.match(remarks('http://nas'), [
    { level: 'note', message: /no port.*port 80,/, mend: 'API_ORIGIN=http://nas:8000' },
  ])
  t.match(remarks('http://me:pass@nas:8000?x#y'), [
    { level: 'note', message: /told http:\/\/nas:8000$/ },
  ])
  for (const fine of ['http://nas:80', 'https://nas.example', 'http://nas.local.example:8000']) {
    t.strictSame(remarks(fine), [], fine)
  }
  t.strictSame(originRemarks('http://nas', 'http://nas:80', 0), [], 'on any port')
})

t.test('E6: what is no URL is refused with what to write', async (t) => {
  for (const [typed, meant] of [
    ['192.168.1.5:8000', 'write http://192.168.1.5:8000.'],
    ['192.168.1.5', 'write http://192.168.1.5:8000.'],
    ['nle.lan:9000/entry', 'write http://nle.lan:9000.'],
    ['http:192.168.1.5:8000', 'write http://192.168.1.5:8000.'],
    ['http:/192.168.1.5', 'write http://192.168.1.5:8000.'],
    ['http//192.168.1.5:8000', 'write http://192.168.1.5:8000.'],
    ['https:nas.example', 'write https://nas.example.'],
    ['ftp://nas', 'write http://nas:8000.'],
    ['', 'write http://192.168.1.5:8000.'],
    ['http://', 'it has to be a URL: write something like http://192.168.1.5:8000.'],
    ['http://my nas:8000', 'it has to be a URL: write something like'],
    ['http://nas:80000', 'its port has to be a number from 1 to 65535'],
    ['http://nas:0', 'its port has to be a number from 1 to 65535'],
  ] as const) {
    t.match(
      refusal(() => originIn(typed)),
      meant,
      typed,
    )
  }
})
