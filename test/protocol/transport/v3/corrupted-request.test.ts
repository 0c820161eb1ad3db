import t from 'tap'
import { repairRequest } from '../../../../src/protocol/transport/v3/corrupted-request.ts'
import { SERIAL } from '../../make.ts'

const URL = `/nest/transport/v3/device/device.${SERIAL}`
const packet = (line: string, ...headers: string[]): string =>
  `${[line, ...headers].join('\r\n')}\r\n\r\n`

t.test('V9: the list with a corrupted key in its request line is read', async (t) => {
  const headers = ['Host: pi:8000', 'Authorization:Basic x ']
  const read = { headers: { host: 'pi:8000', authorization: 'Basic x' } }
  t.strictSame(repairRequest(packet(`GET ${URL} ._sync HTTP/1.1`, ...headers)), {
    url: URL,
    ...read,
  })
  const empty = repairRequest(packet(`GET ${URL} x HTTP/1.1`, 'Content-Length: 0'))
  t.strictSame(empty, { url: URL, headers: { 'content-length': '0' } }, 'a body of no bytes')
  t.strictSame(repairRequest(packet(`GET ${URL.slice(5)} a b  c HTTP/1.1`, ...headers)), {
    url: URL.slice(5),
    ...read,
  })
})

t.test('V9: every other request that the parser refuses stays refused', async (t) => {
  const get = `GET ${URL} ._sync HTTP/1.1`
  const cases: [string, string][] = [
    ['another method', packet(`POST ${URL} ._sync HTTP/1.1`)],
    ['another path', packet('GET /nest/passphrase ._sync HTTP/1.1')],
    ['a longer path', packet(`GET ${URL}/x ._sync HTTP/1.1`)],
    ['a query', packet(`GET ${URL}?serial=X ._sync HTTP/1.1`)],
    ['v7', packet(`GET /nest/transport/v7/device/device.${SERIAL} ._sync HTTP/1.1`)],
    ['no version', packet(`GET ${URL} ._sync`)],
    ['a body by length', packet(get, 'Content-Length: 1')],
    ['a body in chunks', packet(get, 'transfer-encoding: chunked')],
    ['a header sent twice', packet(get, 'Host: a', 'host: b')],
    ['a line that is no header', packet(get, 'Host')],
    ['a folded header', packet(get, 'Host: a', ' b: c')],
    ['a bare carriage return in the line', packet(`GET ${URL} \r HTTP/1.1`)],
    ['a control character in a header', packet(get, 'Host: \u0000')],
    ['half a request', `${get}\r\nHost: a\r\n`],
    ['a second request behind it', `${packet(get)}${packet(get)}`],
    ['bytes behind it', `${packet(get)}x`],
  ]
  for (const [name, text] of cases) t.equal(repairRequest(text), undefined, name)
})
