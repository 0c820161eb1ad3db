import type { ChangeAnswer, Status } from '../../api/shapes.ts'
import { targetOf } from './request.ts'

export interface EventHandlers {
  /** The stream is open. What happened before is not known. */
  readonly opened: () => void
  readonly closed: () => void
  /** Events were missed: everything has to be read again. */
  readonly missed: () => void
  readonly status: (status: Status) => void
  readonly change: (change: ChangeAnswer) => void
  readonly removed: (serial: string) => void
}

/** The stream of a page. */
export interface FollowedEvents {
  /** Connects now, with the credential that the browser has now; also where a dead connection looks open. */
  readonly reconnect: () => void
  readonly end: () => void
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 15_000

/**
 * Follows `/api/events?detail=1` for as long as the page is open. It reconnects by itself, also where a
 * browser gives up: after an answer other than 200, such as a proxy's 502.
 */
export function followEvents(handlers: EventHandlers): FollowedEvents {
  let retryMs = FIRST_RETRY_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let source: EventSource | undefined

  const end = () => {
    clearTimeout(timer)
    source?.close()
  }
  const connect = () => {
    end()
    source = new EventSource(targetOf('watchEvents', { query: { detail: '1' } }))
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS
      handlers.opened()
    }
    source.onerror = () => {
      handlers.closed()
      source?.close()
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    }
    const on = (name: string, handle: (data: never) => void) =>
      source?.addEventListener(name, (event) => handle(JSON.parse(event.data) as never))
    on('status', handlers.status)
    on('change', handlers.change)
    on('removed', ({ serial }: { readonly serial: string }) => handlers.removed(serial))
    source.addEventListener('resync', handlers.missed)
  }

  connect()
  return { reconnect: connect, end }
}
