import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { ERROR_CODES, NleError } from '../../errors.ts'
import type { RepairedRequest } from '../../protocol/transport/v3/corrupted-request.ts'
import { FirstUse } from '../core/first-use.ts'
import type { HeapWatch } from '../core/heap-watch.ts'
import type { Logger } from '../core/logger.ts'
import { nodeHttp, nodeHttps } from '../core/node-modules.ts'
import type { RateLimit } from '../core/rate-limit.ts'
import { type BodyLimits, parseJson, readText } from './body.ts'
import { type ConnectionLimit, limitConnections } from './connections.ts'
import { FairTurns } from './fair-turns.ts'
import { MemoryRoom, SMALL_BYTES } from './memory-room.ts'
import type { Offenders } from './offenders.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type Remote, Remotes } from './remotes.ts'
import { answerLast, type ClientError, destroyLater, repairedRequest } from './repaired.ts'
import { type Credential, type Reply, type Request, send, TAKEN } from './reply.ts'
import type { RecordRequest } from './request-record.ts'
import { type Router, splitUrl } from './router.ts'
import { slowReaders } from './slow-readers.ts'
import { STRICT_HEADERS } from './strict-headers.ts'
import type { TlsPair } from './tls-files.ts'

const MAX_HEADER_BYTES = 16 * 1024
/** An idle connection between two requests. */
const KEEP_ALIVE_MS = 65_000
/** After a power cut all thermostats connect at once; one that is refused waits a second. */
const BACKLOG = 4_096

const TIMES = {
  /** For headers, and for the whole request; neither ends a held response. */
  headersMs: 20_000,
  requestMs: 60_000,
  /** How long an answer may make no progress before the slow reader is dropped; not for a hold. */
  writeStallMs: 30_000,
  /** How long a refused client may keep the connection open. */
  hangUpMs: 5_000,
}

export interface ListenerOptions {
  /** For the log: `device`, `control` or `socket`. */
  readonly name: string
  readonly router: Router | FirstUse<{ readonly router: Router }>
  readonly log: Logger
  /** The memory that large requests share with those of the other listener. */
  readonly room?: MemoryRoom
  /** How much of large bodies is worked on in a minute, shared as `room` is. */
  readonly largeBodies?: RateLimit
  /** How full the memory of the process is; while it is full, nothing is answered but what `isVital`. */
  readonly heap?: HeapWatch
  /** Whether a request is answered even while memory is full. */
  isVital?(path: string): boolean
  readonly tls?: TlsPair | undefined
  readonly record?: RecordRequest | undefined
  /** Where requests come from; by default no proxy is trusted. */
  readonly remotes?: Remotes
  /** Of large bodies, and of what else costs the processor much; its own ones unless given. */
  readonly turns?: FairTurns
  /** The addresses that may open few connections; none unless given. */
  readonly offenders?: Offenders | undefined
  /** Connections at once; see `limitConnections` for which one is closed beyond that. */
  readonly maxConnections?: number
  /** What everybody who can connect at all has shown; the token guard may know better. */
  readonly credential?: Credential
  /** Shorter ones for tests. */
  readonly times?: Readonly<typeof TIMES>
  /** Called with the status of each request that was answered to the end. */
  answered?(status: number): void
  /** The error to answer instead, when it is known and logged already, as one of the database. */
  explained?(error: unknown): NleError | undefined
  /** Called for a request to a path without a route, before it is answered. */
  unknownPath?(request: IncomingMessage, path: string, remote: Remote): void
  /** The body of an answer to a failed request, in the listener's own convention. */
  failureBody(message: string, error: NleError): unknown
  /**
   * Reads a request that node's parser refused; undefined when it is to be refused. Only the first packet of
   * a connection is asked about: later bytes could be part of a body.
   *
   * @param packet - one character per byte
   */
  repair?(packet: string): RepairedRequest | undefined
  /** Why a request that is read now is refused, whatever it is about. */
  refusal?(): NleError | undefined
  /** Checks a request before it is routed; it is answered with the reply or the thrown error. */
  guard?(request: IncomingMessage, response: ServerResponse): Reply | undefined | Promise<undefined>
}

/** An HTTP server in which handlers return or throw, and one place answers. */
export function createListener(options: ListenerOptions): Server | TlsServer {
  const { name, log, tls, maxConnections, heap } = options
  const { headersMs, requestMs, writeStallMs, hangUpMs } = options.times ?? TIMES
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(requestMs / 2, 10_000),
    // `refuseUnclear` answers instead, in JSON.
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A sleeping thermostat cannot answer probes (`S3`).
    keepAlive: false,
    noDelay: true,
  }
  const remotes = options.remotes ?? new Remotes()
  const connections =
    maxConnections === undefined
      ? undefined
      : limitConnections({
          max: maxConnections,
          remotes,
          offenders: options.offenders,
          crowded: (most) =>
            log.warn('too many connections from one address; its oldest make room', {
              listener: name,
              connections: maxConnections,
              most,
            }),
        })
  const listener = {
    ...options,
    remotes,
    connections,
    whenComplete: whenComplete(writeStallMs, options.answered),
    room: options.room ?? new MemoryRoom(),
    turns: options.turns ?? new FairTurns(),
  }
  const answer = oneAtATime(
    (request, response) => {
      handle(request, response, listener).catch((error) => {
        log.error('request failed', { listener: name, error: String(error) })
        response.destroy()
      })
    },
    (socket) => {
      const { address } = remotes.of({ socket })
      log.warn('connection closed: too many requests before the first is answered', { address })
      if (connections === undefined) socket.destroy()
      else connections.closeOffender(socket)
    },
  )
  const server =
    tls === undefined
      ? nodeHttp().createServer(limits, answer)
      : nodeHttps().createServer({ ...limits, handshakeTimeout: headersMs, ...tls }, answer)
  server.timeout = 0
  connections?.watch(server)
  if (heap !== undefined) {
    heap.whileShort(slowReaders(server, tls === undefined ? 'connection' : 'secureConnection'))
  }
  // A request with an unknown `Expect` header is answered all the same.
  server.on('checkExpectation', answer)
  const repaired = new WeakSet<Socket>()
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // The parser has failed for good, so it complains again about every further byte.
    if (repaired.has(socket)) return
    const request = repairedRequest(error, socket, options.repair)
    if (request === undefined) {
      refuseBroken(error, socket, options, hangUpMs)
      return
    }
    repaired.add(socket)
    answerLast(request, socket, answer, hangUpMs)
  })
  return server
}

/** What all requests of one listener share. */
interface Listener extends ListenerOptions {
  readonly remotes: Remotes
  readonly connections: ConnectionLimit | undefined
  readonly whenComplete: () => void
  readonly room: MemoryRoom
  readonly turns: FairTurns
}

async function handle(
  raw: IncomingMessage,
  response: ServerResponse,
  listener: Listener,
): Promise<void> {
  // An error of a connection that is gone needs no handling.
  response.on('error', ignore)
  const remote = listener.remotes.of(raw)
  listener.connections?.noteRequest(raw, response, remote.key)
  const recordBody = listener.record?.(listener.name, raw, response, remote.address)
  response.on('prefinish', listener.whenComplete)
  let reply: Reply | typeof TAKEN
  try {
    refuseUnclear(raw)
    refuseWhileFull(raw, listener)
    const refusal = listener.refusal?.()
    if (refusal !== undefined) throw refusal
    const guarded = listener.guard?.(raw, response)
    const refused = guarded instanceof Promise ? await guarded : guarded
    reply = refused ?? (await route(raw, response, listener, remote, recordBody))
  } catch (error) {
    reply = failure(error, listener, raw)
  }
  if (reply === TAKEN) return
  // An unread body would be parsed as the next request.
  const unread = hasBody(raw) && !raw.complete
  const last = unread ? { ...reply, headers: { ...reply.headers, Connection: 'close' } } : reply
  if (!send(response, last, (length) => takeRoom(listener.room, remote.key, response, length))) {
    send(response, failure(tooManyUnread(), listener, raw))
  }
  if (unread) raw.resume()
}

function ignore(): void {}

/** Whether there is memory for an answer, which keeps it until it is read; small ones need none. */
function takeRoom(
  room: MemoryRoom,
  key: string,
  response: ServerResponse,
  length: number,
): boolean {
  if (length <= SMALL_BYTES) return true
  const claim = room.claim(key)
  if (!claim.growTo(length)) return false
  response.once('close', () => claim.end())
  return true
}

/** @throws NleError `overloaded` */
function refuseWhileFull(raw: IncomingMessage, { heap, isVital }: ListenerOptions): void {
  if (heap?.load !== 'full' || isVital?.(pathOf(raw)) === true) return
  throw new NleError('overloaded', 'The memory of the server is full. Try again in a moment.', {
    details: { retryAfterS: 5 },
  })
}

function tooManyUnread(): NleError {
  return new NleError(
    'overloaded',
    'Too many large answers wait to be read. Read them, or try again in a moment.',
    { details: { retryAfterS: 5 } },
  )
}

/** @throws NleError `invalid` for a request that names no host, or two */
function refuseUnclear({ httpVersion, rawHeaders }: IncomingMessage): void {
  let hosts = 0
  // Names and values in turn.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return
  throw new NleError(
    'invalid',
    `The request has ${hosts === 0 ? 'no' : 'more than one'} Host header.`,
  )
}

/**
 * Counts an answer, and closes the connection of a client that does not read it; a held answer is not
 * complete yet. One function for all answers, because held ones are many.
 */
function whenComplete(
  stallMs: number,
  answered: ListenerOptions['answered'],
): (this: ServerResponse) => void {
  return function () {
    answered?.(this.statusCode)
    // Any progress restarts the timeout; node sets another one after the answer.
    if (!this.writableFinished) this.socket?.setTimeout(stallMs)
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
}

async function route(
  raw: IncomingMessage,
  response: ServerResponse,
  { router, room, turns, largeBodies, credential = 'none', unknownPath }: Listener,
  remote: Remote,
  recordBody: ((body: string) => void) | undefined,
): Promise<Reply | typeof TAKEN> {
  const method = raw.method ?? 'GET'
  const { path, query } = splitUrl(raw.url ?? '/')
  const table = router instanceof FirstUse ? (await router.get()).router : router
  const match = table.match(method, path)
  if (match.type === 'unknown') {
    unknownPath?.(raw, path, remote)
    throw new NleError('not_found', `There is nothing at ${path}.`)
  }
  if (match.type === 'wrong method') {
    throw new NleError('method_not_allowed', `${path} does not take ${method}.`, {
      details: { allow: match.allowed.join(', ') },
    })
  }
  const claim = room.claim(remote.key)
  const limits: BodyLimits = {
    claim,
    admit: (bytes) => largeBodies?.admit(remote.key, 'large bodies', bytes),
    turn: () => turns.run(request, () => {}),
  }
  const text = async (maxBytes?: number): Promise<string> => {
    const body = await readText(raw, { ...limits, maxBytes })
    recordBody?.(body)
    return body
  }
  const request: Request = {
    method,
    path,
    query,
    params: match.params,
    raw,
    remoteAddress: remote.address,
    limitKey: remote.key,
    credential,
    text,
    json: async () => parseJson(await text(), limits),
    jsonIfAny: async () => {
      const body = await text()
      return body.trim() === '' ? undefined : parseJson(body, limits)
    },
  }
  try {
    return await match.handler(request, response)
  } finally {
    claim.end()
  }
}

/** The one place that turns an error into an answer. */
function failure(thrown: unknown, options: ListenerOptions, raw: IncomingMessage): Reply {
  const explained = options.explained?.(thrown)
  const known = explained ?? (thrown instanceof NleError ? thrown : undefined)
  const where = { listener: options.name, path: pathOf(raw) }
  if (known === undefined) {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    options.log.error('a defect in nle', { ...where, stack })
  }
  const error =
    known ?? new NleError('internal', 'Something went wrong in the server; its log says more.')
  const { status } = ERROR_CODES[error.code]
  if (
    status >= 500 &&
    known !== undefined &&
    explained === undefined &&
    error.code !== 'overloaded'
  ) {
    options.log.warn('a request failed', { ...where, reason: error.message })
  }
  const { allow, retryAfterS, authenticate } = error.details
  return {
    status,
    body: options.failureBody(error.message, error),
    headers: {
      ...(typeof allow === 'string' ? { Allow: allow } : {}),
      ...(typeof authenticate === 'string' ? { 'WWW-Authenticate': authenticate } : {}),
      ...(typeof retryAfterS === 'number' ? { 'Retry-After': String(retryAfterS) } : {}),
    },
  }
}

/** Answers a request that is not HTTP, too slow, or has too large headers. */
function refuseBroken(
  error: ClientError,
  socket: Socket,
  options: ListenerOptions,
  hangUpMs: number,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers are too large.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long.']
        : ['400 Bad Request', 'The request is not HTTP.']
  const body = JSON.stringify(options.failureBody(message, new NleError('invalid', message)))
  const headers = {
    ...STRICT_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
  destroyLater(socket, hangUpMs)
}

function pathOf(raw: IncomingMessage): string {
  return (raw.url ?? '').split('?')[0]?.slice(0, 128) ?? ''
}

/**
 * Starts listening.
 *
 * @throws NleError `in_use` when the port is taken, `invalid` when the address cannot be had
 */
export function listen(
  server: Server,
  { host, port, what }: { host: string; port: number; what: string },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      const where = `${host}:${port}`
      const [code, why] =
        cause.code === 'EADDRINUSE'
          ? (['in_use', 'another program listens there; stop it or choose another port'] as const)
          : cause.code === 'EACCES'
            ? (['forbidden', 'ports below 1024 need more rights; choose a higher one'] as const)
            : (['invalid', `the address cannot be used (${cause.code ?? cause.message})`] as const)
      reject(new NleError(code, `The ${what} cannot listen on ${where}: ${why}.`, { cause }))
    }
    server.once('error', failed)
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', failed)
      resolve(server.address() as AddressInfo)
    })
  })
}
