import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Answer, EndpointName, Sent } from '../../api/endpoints.ts'
import { RequestError, request } from '../client/request.ts'
import { TEXTS } from '../texts.ts'

/** What an endpoint answered last, and why there is nothing newer. */
export interface Asking<T> {
  readonly answer?: T
  readonly failure?: string
}

/**
 * Asks an endpoint when the component appears, and again when `again` is called or `everyMs` has passed. The
 * answer stays while a newer one is asked for, and when that fails.
 *
 * @param everyMs - only while the page is in sight
 */
export function useAnswer<N extends EndpointName>(
  name: N,
  sent: Sent<N>,
  everyMs?: number,
): { readonly asking: ReadonlySignal<Asking<Answer<N>>>; readonly again: () => Promise<void> } {
  const asking = useSignal<Asking<Answer<N>>>({})
  const again = async (): Promise<void> => {
    try {
      asking.value = { answer: await request(name, sent) }
    } catch (error) {
      asking.value = { ...asking.value, failure: reasonOf(error) }
    }
  }
  useEffect(() => {
    void again()
    if (everyMs === undefined) return
    const timer = setInterval(() => {
      if (!document.hidden) void again()
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return { asking, again }
}

/** Why a request was not carried out, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof RequestError)) throw error
  if (error.status === 0) return TEXTS.shell.unreached
  return error.message === '' ? TEXTS.shell.failed(error.status) : error.message
}
