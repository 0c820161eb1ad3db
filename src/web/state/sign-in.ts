import { request } from '../client/request.ts'
import { lookForTheReason, reconnect } from './household.ts'

/**
 * Exchanges a token for a session, which the browser keeps in a cookie that no script can read.
 *
 * @throws RequestError 401 for a token that is not known, 429 after too many
 */
export async function openSession(token: string): Promise<void> {
  await request('openSession', { body: { token } })
  // Everything is read with the rights of the new session.
  reconnect()
}

/** Signs out. A server that asks for tokens then shows nothing more. */
export async function closeSession(): Promise<void> {
  await request('endSession', {})
  await lookForTheReason()
}
