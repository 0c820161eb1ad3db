import { NleError } from '../errors.ts'
import { withoutUrlSecrets } from '../protocol/secrets.ts'
import type { Store } from './store.ts'

/**
 * Opens the PostgreSQL that several servers share. Nothing of it is loaded before.
 *
 * @throws NleError `store` when it cannot be used, `unfit` when it belongs to a newer nle
 */
export async function openShared(url: string): Promise<Store> {
  const { PostgresStore } = await import('./postgres/postgres-store.ts')
  try {
    return await PostgresStore.open(url)
  } catch (error) {
    if (error instanceof NleError && error.code !== 'store') throw error
    throw new NleError(
      'store',
      `${withoutUrlSecrets(url)} cannot be used: ${reasonOf(error)}. Check DATABASE_URL, and whether PostgreSQL runs and lets this machine in.`,
      { cause: error },
    )
  }
}

/** What PostgreSQL or the network said itself. */
function reasonOf(error: unknown): string {
  let reason: unknown = error
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause
  const { message = String(reason), code } = reason as { message?: string; code?: unknown }
  return withoutUrlSecrets(message === '' ? String(code) : message).replace(/\.$/, '')
}
