import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Dispatcher } from 'undici'
import { type ErrorCode, NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'

/** How to reach a server, and what to call it. */
export interface ServerAddress {
  /** Its control URL, which messages show even where requests take the socket. */
  readonly url: string
  /** Its socket on this machine, where this user may open it; to open it is a credential. */
  readonly socketPath?: string
  /** Its socket on this machine, where only others may open it. */
  readonly closedSocket?: string | undefined
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly server: ServerAddress
  /** Path and query. */
  readonly target: string
  readonly body?: JsonObject
  readonly timeoutMs: number
  /** Undefined when there is none; some servers ask for one. */
  readonly token: string | undefined
  /** Ctrl-C. */
  readonly stop: AbortSignal
}

/** A JSON answer of any status. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * One request to a server's control listener.
 *
 * @throws NleError `unreachable` when nothing answers, not in time, or not with JSON; `cancelled`
 * after Ctrl-C
 */
export async function requestJson(options: JsonRequest): Promise<JsonAnswer> {
  const { method, server, target, body, timeoutMs, token, stop } = options
  const { url } = server
  // Loaded here, so that verbs which call no server start faster.
  const { request } = await import('undici')
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await request(url + target, {
      ...(await wayTo(server)),
      method,
      signal: AbortSignal.any([late, stop]),
      headers: {
        accept: 'application/json',
        ...bearer(token),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A connection that is kept open would keep the process alive.
      reset: true,
    })
    return { status: answer.statusCode, body: parsed(await answer.body.text(), url) }
  } catch (error) {
    if (error instanceof NleError) throw error
    if (stop.aborted) throw new NleError('cancelled', 'Stopped.', { cause: error })
    const why = late.aborted ? `no answer within ${timeoutMs / 1000} s` : whyFailed(error)
    throw new NleError('unreachable', `${originOf(url)} does not answer: ${why}.`, {
      cause: error,
      details: { url: originOf(url) },
    })
  }
}

/** How long a server may take until it sends a file: it makes it first. */
const FILE_READY_MS = 10 * 60_000
/** How long it may send nothing of it. */
const FILE_STALL_MS = 60_000

/**
 * Writes what a server answers with 200 to a new file.
 *
 * @returns any other answer
 * @throws NleError `unreachable` when nothing answers, or not to its end; `cancelled` after Ctrl-C. A failure of
 * the file is thrown as it is
 */
export async function requestFile(
  { server, target, token, stop }: Pick<JsonRequest, 'server' | 'target' | 'token' | 'stop'>,
  file: string,
): Promise<JsonAnswer | undefined> {
  const { url } = server
  const { request } = await import('undici')
  try {
    const answer = await request(url + target, {
      ...(await wayTo(server)),
      method: 'GET',
      signal: stop,
      headers: bearer(token),
      headersTimeout: FILE_READY_MS,
      bodyTimeout: FILE_STALL_MS,
      reset: true,
    })
    if (answer.statusCode !== 200) {
      return { status: answer.statusCode, body: parsed(await answer.body.text(), url) }
    }
    await pipeline(answer.body, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    return undefined
  } catch (error) {
    if (error instanceof NleError || isOfFile(error)) throw error
    if (stop.aborted) throw new NleError('cancelled', 'Stopped.', { cause: error })
    throw new NleError(
      'unreachable',
      `${originOf(url)} did not send all of it: ${whyFailed(error)}. Try again; its log may say more.`,
      { cause: error, details: { url: originOf(url) } },
    )
  }
}

/** Whether writing a file failed, and not the connection. */
function isOfFile(error: unknown): boolean {
  const { syscall, code } = (error ?? {}) as NodeJS.ErrnoException
  return syscall === 'open' || (syscall === 'write' && code !== 'EPIPE')
}

/** The option that sends a request over the socket of this machine. */
export async function wayTo({ socketPath }: ServerAddress): Promise<{ dispatcher?: Dispatcher }> {
  if (socketPath === undefined) return {}
  const { Agent } = await import('undici')
  return { dispatcher: new Agent({ connect: { socketPath } }) }
}

/** The header that carries a token. */
export function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** A refusal as an error, with the server's message. */
export function refusal(
  { status, body }: JsonAnswer,
  { url, closedSocket }: ServerAddress,
): NleError {
  const said = isObject(body) ? (body.message ?? body.error) : undefined
  const message = typeof said === 'string' && said !== '' ? said : `it answered ${status}`
  const isUnknown =
    status === 405 || (status === 404 && message.startsWith('There is nothing at /'))
  if (isUnknown) {
    return new NleError(
      'method_not_allowed',
      `The server at ${originOf(url)} is of an older version, which does not know this. Bring it up to date.`,
      { details: { status } },
    )
  }
  const isDenied = status === 401 || status === 403
  const sudo =
    isDenied && closedSocket !== undefined && !message.includes('sudo')
      ? ` With sudo no token is needed: root may open the server's socket ${closedSocket}.`
      : ''
  const code = CODES[status] ?? (status >= 500 ? 'internal' : 'invalid')
  return new NleError(
    code,
    status >= 500 ? `The server at ${originOf(url)} failed: ${message}` : sentence(message) + sudo,
    { details: { status } },
  )
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'in_use',
  429: 'rate_limited',
  502: 'unreachable',
  503: 'store',
  504: 'unreachable',
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no machine of that name',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'that machine cannot be reached',
  ENETUNREACH: 'that network cannot be reached',
  ETIMEDOUT: 'that machine does not respond',
  UND_ERR_CONNECT_TIMEOUT: 'that machine does not respond',
  ECONNRESET: 'it hung up',
  UND_ERR_SOCKET: 'it hung up',
}

/** Why a request got no answer, as the end of a sentence. */
export function whyFailed(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && REASONS[code] !== undefined) return REASONS[code]
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NleError(
      'unreachable',
      `${originOf(url)} answers, but not as the control API of nle does. Is it another program's port?`,
      { cause, details: { url: originOf(url) } },
    )
  }
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
