import type { Store } from '../../store/store.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

/**
 * Whether programs on this machine need no token (`LOOPBACK_TOKEN=no`), by the settings here or by what the
 * running server does. No finding when they do need one.
 */
export async function checkTokens(subject: Subject, store: Store | undefined): Promise<Finding[]> {
  const isFree = !subject.config.loopbackToken || (await letsIn(subject, store))
  if (!isFree) return []
  return [
    findingOf('token')(
      'warning',
      'programs on this machine need no token (LOOPBACK_TOKEN), and a reverse proxy here makes every stranger one of them',
      'Take LOOPBACK_TOKEN away and give programs tokens; nle’s own commands use its socket and need none.',
    ),
  ]
}

/** Whether the server that has tokens answers a request without one. */
async function letsIn({ running, world }: Subject, store: Store | undefined): Promise<boolean> {
  const hasTokens = running !== undefined && ((await store?.tokens()) ?? []).length > 0
  if (!hasTokens) return false
  const answer = await world.ask(`${running.controlUrl}/api/config`)
  return answer !== undefined && answer.success !== false
}
