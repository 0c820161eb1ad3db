// node bench/servers/floor.ts bare|full|group|postgres <database> [hold ms]: the least that a Node server costs on
// this machine. It handles puts, held connections, commands, lists and followers of events, and parses as little as
// possible.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// An import would also load Node's fetch and WebSocket.
const { createServer } = process.getBuiltinModule('node:http')
const [mode = 'bare', databasePath = ':memory:', holdText] = process.argv.slice(2)

/** About as much as nle keeps for one bucket. */
const REST = 'x'.repeat(1_500)

/** Those that follow events, and about what nle tells them of one report. */
const followers = new Set<ServerResponse>()
const REST_OF_STATUS = 'x'.repeat(1_700)

/** About as long as the list of a thousand thermostats. */
const LIST = Buffer.from(`{"devices":["${'x'.repeat(1_515_000)}"],"total":1000}`)

const held = new Map<string, ServerResponse>()
const revisions = new Map<string, number>()
const keep = mode === 'bare' ? (_: string, __: string, done: () => void) => done() : await keeper()

/** Returns a function that stores a text under a serial and calls `done` once it is on disk. */
async function keeper(): Promise<(serial: string, text: string, done: () => void) => void> {
  if (mode === 'postgres') {
    const { postgresKeeper } = await import('./postgres-keeper.ts')
    return postgresKeeper(databasePath)
  }
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(databasePath)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('CREATE TABLE IF NOT EXISTS kept (serial TEXT PRIMARY KEY, text TEXT) STRICT')
  const put = db.prepare(
    'INSERT INTO kept VALUES (?, ?) ON CONFLICT (serial) DO UPDATE SET text = excluded.text',
  )
  if (mode === 'full') {
    return (serial, text, done) => {
      put.run(serial, text + REST)
      done()
    }
  }
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  let waiting: (() => void)[] = []
  return (serial, text, done) => {
    if (waiting.length === 0) {
      begin.run()
      setImmediate(() => {
        commit.run()
        const group = waiting
        waiting = []
        for (const each of group) each()
      })
    }
    put.run(serial, text + REST)
    waiting.push(done)
  }
}

const serve = () =>
  createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      if (request.url?.startsWith('/api/devices')) list(request, response)
      else answer(request.url ?? '', body, response)
    })
  })
const server = serve()

function answer(url: string, body: string, response: ServerResponse): void {
  const at = body.indexOf('02AA01AC')
  const serial = body.slice(at, at + 16)
  if (url === '/nest/transport') {
    held.set(serial, response)
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.flushHeaders()
    if (holdText !== undefined) setTimeout(() => response.end(), Number(holdText))
    return
  }
  if (url.startsWith('/api/events')) {
    followers.add(response)
    response.on('close', () => followers.delete(response))
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    return
  }
  const revision = (revisions.get(serial) ?? 1) + 1
  revisions.set(serial, revision)
  keep(serial, body, () => {
    if (url === '/command') held.get(serial)?.write(body)
    const text = `{"objects":[{"object_revision":${revision},"object_timestamp":${Date.now()},"object_key":"device.${serial}"}]}`
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': text.length })
    response.end(text)
    if (followers.size > 0) tell(serial)
  })
}

function list(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers['if-none-match'] === undefined) {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': LIST.length })
    response.end(LIST)
  } else response.writeHead(304).end()
}

function tell(serial: string): void {
  const event = `event: status\ndata: {"serial":"${serial}","rest":"${REST_OF_STATUS}"}\n\n`
  const bytes = Buffer.from(event)
  for (const follower of followers) follower.write(bytes)
}

process.on('SIGTERM', () => process.exit(0))
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ready = (socket?: string): boolean =>
    process.stdout.write(`${JSON.stringify({ device_url: url, control_url: url, socket })}\n`)
  // As nle does, beside a database.
  if (['', ':memory:'].includes(databasePath) || mode === 'postgres') ready()
  else serve().listen(`${databasePath}.sock`, () => ready(`${databasePath}.sock`))
})
