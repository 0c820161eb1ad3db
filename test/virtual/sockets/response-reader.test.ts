import t from 'tap'
import { ResponseReader } from '../../../src/virtual/sockets/response-reader.ts'

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-nl-Foo:  Bar \r\n\r\n' +
  '5\r\nab\u00e9c\r\n3;x=y\r\n\r\n!\r\n0\r\nTrailer: x\r\n\r\n'
const CHUNKED_PARTS = [
  {
    type: 'headers',
    status: 200,
    headers: { 'transfer-encoding': 'chunked', 'x-nl-foo': 'Bar' },
  },
  { type: 'chunk', text: 'ab\u00e9c' },
  { type: 'chunk', text: '\r\n!' },
  { type: 'ended' },
]

t.test('reports chunks as the server framed them, however the bytes arrive (S5)', async (t) => {
  const bytes = Buffer.from(CHUNKED)
  for (const size of [1, 2, 7, bytes.length]) {
    const reader = new ResponseReader()
    const parts = []
    for (let at = 0; at < bytes.length; at += size) {
      parts.push(...reader.feed(bytes.subarray(at, at + size)))
    }
    t.same(parts, CHUNKED_PARTS)
    t.same(reader.close(), [])
  }
})

t.test('joins a character that is split between two chunks', async (t) => {
  const reader = new ResponseReader()
  reader.feed(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'))
  const e = Buffer.from('\u00e9')
  const parts = reader.feed(
    Buffer.concat([
      Buffer.from('1\r\n'),
      e.subarray(0, 1),
      Buffer.from('\r\n1\r\n'),
      e.subarray(1),
      Buffer.from('\r\n'),
    ]),
  )
  t.same(parts, [
    { type: 'chunk', text: '' },
    { type: 'chunk', text: '\u00e9' },
  ])
})

const WHOLE: [string, string, boolean, unknown[]][] = [
  [
    'a length',
    'Content-Length: 2\r\n\r\nhi',
    false,
    [{ type: 'chunk', text: 'hi' }, { type: 'ended' }],
  ],
  ['length 0', 'Content-Length: 0\r\n\r\n', false, [{ type: 'ended' }]],
  [
    'no length, until the connection closes',
    '\r\nhi',
    true,
    [{ type: 'chunk', text: 'hi' }, { type: 'ended' }],
  ],
  ['a length it does not reach', 'Content-Length: 9\r\n\r\nhi', true, [{ type: 'failed' }]],
  ['a length beyond reason', 'Content-Length: 99999999999\r\n\r\n', false, [{ type: 'failed' }]],
  ['a length that is no number', 'Content-Length: many\r\n\r\n', false, [{ type: 'failed' }]],
  [
    'a chunk that runs over',
    'Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
    false,
    [{ type: 'failed' }],
  ],
  ['a cut chunk', 'Transfer-Encoding: chunked\r\n\r\n5\r\na', true, [{ type: 'failed' }]],
]
for (const [name, rest, closed, expected] of WHOLE) {
  t.test(`reads a body with ${name}`, async (t) => {
    const reader = new ResponseReader()
    const parts = reader.feed(Buffer.from(`HTTP/1.1 200 OK\r\n${rest}`))
    if (closed) parts.push(...reader.close())
    t.match(parts.slice(1), expected)
    t.equal(parts.length, expected.length + 1)
  })
}

t.test('skips 1xx answers and refuses endless headers', async (t) => {
  const reader = new ResponseReader()
  const bytes = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'
  t.match(reader.feed(Buffer.from(bytes)), [{ status: 204 }, { type: 'ended' }])
  const endless = new ResponseReader().feed(Buffer.alloc(70_000, 'x'))
  t.match(endless, [{ type: 'failed', reason: 'the headers are too long' }])
})
