import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Command } from 'commander'
import t, { type Test } from 'tap'
import { askReleases } from '../../../src/commands/update/ask-releases.ts'
import type { CopyFacts } from '../../../src/commands/update/way-to-upgrade.ts'
import { registerUpdate } from '../../../src/commands/verbs/update.ts'
import { memoryIo } from '../memory-io.ts'
import { nle } from '../shell.ts'

const FACTS: CopyFacts = {
  executable: '/usr/local/bin/nle',
  isPackaged: false,
  isAddOn: false,
  isWritable: false,
  arch: 'amd64',
}
const RELEASES = [
  { tag_name: 'v1.2.0', body: '- **Add-on.** For Home Assistant.', published_at: '2026-11-28' },
  { tag_name: 'v1.1.0', body: 'Faster\u001b[31m.', published_at: '2026-10-01' },
]

async function github(t: Test, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Runs `nle update` of a copy of this version. */
async function update(api: string, version: string, ...args: string[]) {
  const { io, stdout } = memoryIo()
  const program = new Command().exitOverride()
  registerUpdate(program, io, { api, version, repository: 'someone/nle', facts: () => FACTS })
  await program.parseAsync(['update', ...args], { from: 'user' })
  return { exitCode: io.exitCode, stdout: stdout() }
}

t.test('says what is new, and how to upgrade', async (t) => {
  const asked: (string | undefined)[] = []
  const api = await github(t, (request, response) => {
    asked.push(request.url, request.headers['user-agent'])
    response.end(JSON.stringify(RELEASES))
  })
  const { exitCode, stdout } = await update(api, '1.0.0')
  t.equal(exitCode, 20)
  t.strictSame(asked, ['/repos/someone/nle/releases?per_page=20', 'nle/1.0.0'])
  t.equal(
    stdout,
    `nle 1.2.0 is there; this is 1.0.0. What is new:
  1.2.0 (2026-11-28): Add-on. For Home Assistant.
  1.1.0 (2026-10-01): Faster?[31m.
All of it: https://github.com/someone/nle/releases/tag/v1.2.0

Let the install script put it in place; it restarts the service that runs it:
  curl -fLO https://github.com/someone/nle/releases/download/v1.2.0/install.sh
  sudo sh install.sh https://github.com/someone/nle/releases/download/v1.2.0
`,
  )
})

t.test('says that there is no newer one', async (t) => {
  const api = await github(t, (_, response) => response.end(JSON.stringify(RELEASES)))
  const { exitCode, stdout } = await update(api, '1.2.0')
  t.equal(exitCode, 0)
  t.equal(stdout, 'There is no newer release than nle 1.2.0.\n')
})

t.test('--json says the same to a program', async (t) => {
  const api = await github(t, (_, response) => response.end(JSON.stringify(RELEASES)))
  const newer = JSON.parse((await update(api, '1.1.0', '--json')).stdout)
  t.match(newer, {
    version: '1.1.0',
    newer: [{ version: '1.2.0', date: '2026-11-28', headline: 'Add-on. For Home Assistant.' }],
    installed_as: 'executable',
    upgrade: { commands: [/install\.sh$/, /^sudo sh install\.sh/] },
  })
  const none = JSON.parse((await update(api, '1.2.0', '--json')).stdout)
  t.match(none, { newer: [], upgrade: null, url: null })
})

t.test('follows GitHub to the new name of a repository, and to no other machine', async (t) => {
  const api = await github(t, (request, response) => {
    if (request.url === '/repositories/7/releases') return response.end('[]')
    const location = request.url?.startsWith('/repos/moved/')
      ? '/repositories/7/releases'
      : request.url?.startsWith('/repos/round/')
        ? request.url
        : 'https://example.org/releases'
    return response.writeHead(301, { location }).end('{}')
  })
  t.equal((await update(api, '1.0.0', '--repository', 'moved/nle')).exitCode, 0)
  await t.rejects(update(api, '1.0.0', '--repository', 'round/nle'), { message: /in a circle/ })
  await t.rejects(update(api, '1.0.0'), { code: 'unreachable', message: /it answered 301/ })
})

t.test('says in a sentence why there is no answer', async (t) => {
  const rows: [code: string, message: RegExp, listener: RequestListener][] = [
    ['not_found', /no public repository someone\/nle/, (_, to) => to.writeHead(404).end('{}')],
    [
      'rate_limited',
      /too many questions/,
      (_, to) => to.writeHead(403, { 'x-ratelimit-remaining': '0' }).end('{}'),
    ],
    ['rate_limited', /too many questions/, (_, to) => to.writeHead(429).end()],
    ['unreachable', /it answered 403/, (_, to) => to.writeHead(403).end()],
    ['unreachable', /it answered 502/, (_, to) => to.writeHead(502).end('<html>')],
    ['unreachable', /no list of releases/, (_, to) => to.end('<html>Sign in</html>')],
    ['unreachable', /no list of releases/, (_, to) => to.end('{"message":"hello"}')],
    ['unreachable', /no list of releases/, (_, to) => to.end(`"${'x'.repeat(5_000_000)}"`)],
    ['unreachable', /it hung up/, (request) => request.socket.destroy()],
  ]
  for (const [code, message, listener] of rows) {
    const api = await github(t, listener)
    await t.rejects(update(api, '1.0.0'), { code, message }, String(message))
  }
  await t.rejects(update('http://127.0.0.1:1', '1.0.0'), {
    code: 'unreachable',
    message: /nothing/,
  })
})

t.test('waits only so long, and ends with Ctrl-C', async (t) => {
  // It begins to answer, and never ends.
  const api = await github(t, (_, response) => void response.writeHead(200).write('['))
  const question = { api, repository: 'someone/nle', version: '1.0.0', timeoutMs: 50 }
  const never = new AbortController()
  await t.rejects(askReleases({ ...question, stop: never.signal }), {
    code: 'unreachable',
    message: /no answer within 0\.05 s/,
  })
  await t.rejects(askReleases({ ...question, timeoutMs: 60_000, stop: AbortSignal.abort() }), {
    code: 'cancelled',
  })
})

t.test('asks nobody without a good name of a repository', async (t) => {
  const unpublished = { api: 'http://127.0.0.1:1', version: '1.0.0', repository: undefined }
  const program = new Command().exitOverride()
  registerUpdate(program, memoryIo().io, { ...unpublished, facts: () => FACTS })
  await t.rejects(program.parseAsync(['update'], { from: 'user' }), {
    code: 'invalid',
    message: /nle update --repository/,
  })
  for (const name of ['nle', 'a/b/c', '../x', 'https://github.com/a/b', '$(x)/nle', '-/']) {
    const { exitCode, stderr } = await nle(['update', `--repository=${name}`])
    t.equal(exitCode, 2, name)
    t.match(stderr, 'no GitHub repository', name)
  }
})
