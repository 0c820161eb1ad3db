import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { LogFields } from '../../../src/server/core/logger.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { certificateFacts, deviceTls, readTlsPair } from '../../../src/server/http/tls-files.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { loopbackServer } from '../loopback-server.ts'

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'tls')
const SERIAL = '02AA01AC0000000001'

/** A certificate folder that starts with the first pair. */
function folder(t: Test) {
  const path = join(t.testdir({}), 'certs')
  mkdirSync(path)
  const put = (pair: 'first' | 'second', ...names: string[]): void => {
    for (const name of names) copyFileSync(join(FIXTURES, pair, name), join(path, name))
  }
  put('first', 'fullchain.pem', 'privkey.pem')
  return { path, put }
}

/** Asks over TLS; who the server says it is, and what it answers. */
function ask(url: string, options: { method?: string; body?: string; onHead?: () => void } = {}) {
  return new Promise<{ subject: string; body: string }>((resolve, reject) => {
    const headers = { 'X-nl-device-id': SERIAL }
    const { method = 'GET' } = options
    const sent = request(
      url,
      { method, headers, rejectUnauthorized: false, agent: false },
      (response) => {
        const subject = String((response.socket as TLSSocket).getPeerCertificate().subject.CN)
        let body = ''
        options.onHead?.()
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ subject, body }))
      },
    )
    sent.on('error', reject)
    sent.end(options.body)
  })
}

t.test('thermostats are served with TLS and told so', async (t) => {
  const { path } = folder(t)
  const { deviceUrl } = await loopbackServer(t, { flags: { certDir: path } })
  t.match(deviceUrl, /^https:\/\/127\.0\.0\.1:\d+$/)
  const { subject, body } = await ask(`${deviceUrl}/nest/entry`)
  t.equal(subject, 'nle test first')
  t.equal(JSON.parse(body).transport_url, `${deviceUrl}/nest/transport`)
})

t.test('a renewed certificate is used without a restart, and nobody is cut off', async (t) => {
  const { path, put } = folder(t)
  const clock = new ManualClock()
  const warnings: (LogFields | undefined)[] = []
  const log = {
    ...silentLogger,
    warn: (_event: string, fields?: LogFields) => warnings.push(fields),
  }
  const { deviceUrl, core } = await loopbackServer(t, { clock, log, flags: { certDir: path } })
  const head = Promise.withResolvers<void>()
  const body = JSON.stringify({ chunked: true, objects: [] })
  const held = ask(`${deviceUrl}/nest/transport`, { method: 'POST', body, onHead: head.resolve })
  await head.promise

  put('second', 'fullchain.pem')
  clock.advance(60_000)
  clock.advance(60_000)
  t.equal((await ask(`${deviceUrl}/nest/ping`)).subject, 'nle test first', 'half of it is new')
  t.match(warnings, [{ reason: /not the key of/ }], 'and said once')

  put('second', 'privkey.pem')
  clock.advance(60_000)
  t.equal((await ask(`${deviceUrl}/nest/ping`)).subject, 'nle test second')

  rmSync(path, { recursive: true })
  clock.advance(60_000)
  t.equal((await ask(`${deviceUrl}/nest/ping`)).subject, 'nle test second', 'the files are gone')
  t.equal(core.subscriptions.count(SERIAL), 1, 'held all the while')
  core.subscriptions.finish(SERIAL)
  t.match(await held, { subject: 'nle test first', body: '' })
})

t.test('what cannot be used is refused in words', async (t) => {
  const { path, put } = folder(t)
  put('second', 'privkey.pem')
  t.throws(() => readTlsPair(path), { code: 'invalid', message: /is not the key of/ })
  copyFileSync(join(path, 'privkey.pem'), join(path, 'fullchain.pem'))
  t.throws(() => readTlsPair(path), { code: 'invalid', message: /PEM/ })
  rmSync(join(path, 'fullchain.pem'))
  t.throws(() => readTlsPair(path), { code: 'invalid', message: /fullchain\.pem is missing/ })
})

t.test('an empty folder means no TLS, unless thermostats are told to use it', async (t) => {
  const certDir = t.testdir({})
  const none = { certDir: undefined, apiOrigin: undefined }
  t.equal(deviceTls(none, silentLogger), undefined)
  t.equal(deviceTls({ ...none, certDir }, silentLogger), undefined)
  const apiOrigin = 'https://nest.example:443'
  t.throws(() => deviceTls({ certDir, apiOrigin }, silentLogger), { code: 'invalid' })
})

t.test('what a certificate is for, and until when', async (t) => {
  const { cert } = readTlsPair(join(FIXTURES, 'first'))
  const facts = certificateFacts(cert)
  t.ok(facts.covers('127.0.0.1'))
  t.ok(facts.covers('localhost'))
  t.notOk(facts.covers('192.168.1.5'))
  t.ok(facts.expiresAtMs > Date.UTC(2100, 0))
})
