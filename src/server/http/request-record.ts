import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type Allowance, useAllowance } from '../../protocol/allowance.ts'
import type { JsonValue } from '../../protocol/bucket.ts'
import { identify } from '../../protocol/identity.ts'
import { jsonIn } from '../../protocol/input.ts'
import {
  withoutSecretHeaders,
  withoutSecrets,
  withoutTextSecrets,
  withoutUrlSecrets,
} from '../../protocol/secrets.ts'
import { makeFolders } from '../../store/make-folders.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'

const MAX_FILE_BYTES = 16 * 1024 * 1024
const KEEP_FILES = 4
const MAX_TEXT_LENGTH = 64 * 1024
/** Requests that are recorded: a flood would leave nothing of what came before it, and keep the disk busy. */
const RECORDED = { atOnce: 600, perMinute: 1_200 }

export type RecordRequest = ReturnType<typeof requestRecord>

/**
 * Writes every request and its answer to files, one JSON line each, to show what thermostats really
 * send (`DEBUG_LOGGING`). Secrets are masked; the oldest file is deleted when the newest is full.
 *
 * @returns records one request when its answer ends, unless there are too many; what it returns takes the
 * request's body, if a handler reads it
 */
export function requestRecord(folder: string, clock: Clock, log: Logger) {
  const path = join(folder, 'requests.jsonl')
  let hasFailed = false
  let allowance: Allowance | undefined
  let leftOut = 0

  /** Whether one more request may be recorded now; if not, it is counted. */
  function mayRecord(): boolean {
    const use = useAllowance(RECORDED, allowance, clock.now().steadyMs)
    if ('retryAfterS' in use) {
      leftOut += 1
      return false
    }
    allowance = use.allowance
    if (leftOut > 0) append({ time: new Date(clock.now().wallMs).toISOString(), left_out: leftOut })
    leftOut = 0
    return true
  }

  function append(entry: object): void {
    try {
      makeFolders(folder)
      if (sizeOf(path) > MAX_FILE_BYTES) rotate(path)
      appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
      hasFailed = false
    } catch (error) {
      if (!hasFailed) log.warn('requests cannot be recorded', { reason: String(error) })
      hasFailed = true
    }
  }

  return (listener: string, request: IncomingMessage, response: ServerResponse, from: string) => {
    if (!mayRecord()) return undefined
    const startedAtMs = clock.now().wallMs
    let body: JsonValue = null
    const chunks: { after_ms: number; body: JsonValue }[] = []
    let length = 0
    const note = (chunk: unknown): void => {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      length += text.length
      if (length > MAX_TEXT_LENGTH) return
      chunks.push({ after_ms: clock.now().wallMs - startedAtMs, body: readable(text) })
    }
    const { write, end } = response
    response.write = ((...args: Parameters<typeof write>) => {
      note(args[0])
      return write.apply(response, args)
    }) as typeof write
    response.end = ((...args: Parameters<typeof end>) => {
      note(args[0])
      return end.apply(response, args)
    }) as typeof end
    response.once('close', () =>
      append({
        time: new Date(startedAtMs).toISOString(),
        listener,
        serial: identify({ headers: request.headers }) ?? null,
        from,
        request: {
          method: request.method ?? '',
          path: withoutUrlSecrets(request.url?.slice(0, 2048) ?? ''),
          headers: withoutSecretHeaders(request.headers),
          body,
        },
        response: {
          status: response.statusCode,
          headers: withoutSecretHeaders(response.getHeaders()),
          chunks,
          complete: response.writableFinished,
        },
        duration_ms: Math.round(clock.now().wallMs - startedAtMs),
      }),
    )
    return (text: string): void => {
      body = readable(text)
    }
  }
}

function rotate(path: string): void {
  rmSync(`${path}.${KEEP_FILES - 1}`, { force: true })
  for (let i = KEEP_FILES - 2; i >= 1; i--) {
    if (sizeOf(`${path}.${i}`) > 0) renameSync(`${path}.${i}`, `${path}.${i + 1}`)
  }
  renameSync(path, `${path}.1`)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Without secrets: JSON as such; anything else, and what is too long, as text. */
function readable(text: string): JsonValue {
  if (text === '') return null
  const value = text.length > MAX_TEXT_LENGTH ? undefined : jsonIn(text)
  return value === undefined
    ? withoutTextSecrets(text.slice(0, MAX_TEXT_LENGTH))
    : withoutSecrets(value)
}
