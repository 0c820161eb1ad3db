import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { JsonValue } from '../../protocol/bucket.ts'
import { identify } from '../../protocol/identity.ts'
import { jsonIn } from '../../protocol/input.ts'
import { withoutSecretHeaders, withoutSecrets } from '../../protocol/secrets.ts'
import { makeFolders } from '../../store/make-folders.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'

const MAX_FILE_BYTES = 16 * 1024 * 1024
const KEEP_FILES = 4
const MAX_TEXT_LENGTH = 64 * 1024

export type RecordRequest = ReturnType<typeof requestRecord>

/**
 * Writes every request and its answer to files, one JSON line each, to show what thermostats really
 * send (`DEBUG_LOGGING`). Secrets are masked; the oldest file is deleted when the newest is full.
 *
 * @returns records one request when its answer ends; what it returns takes the request's body, if a
 * handler reads it
 */
export function requestRecord(folder: string, clock: Clock, log: Logger) {
  const path = join(folder, 'requests.jsonl')
  let hasFailed = false

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
    const startedAtMs = clock.now().wallMs
    let body = ''
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
          path: request.url?.slice(0, 2048) ?? '',
          headers: withoutSecretHeaders(request.headers),
          body: readable(body),
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
      body = text
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

/** JSON as such, with its secrets masked; anything else as text. */
function readable(text: string): JsonValue {
  if (text === '') return null
  const value = jsonIn(text)
  return value === undefined ? text.slice(0, MAX_TEXT_LENGTH) : withoutSecrets(value)
}
