import { type Finding, findingOf, type Subject } from './finding.ts'

/** Whether programs on this machine need no token (`LOOPBACK_TOKEN=no`); no finding when they do. */
export function checkTokens({ config }: Subject): Finding[] {
  if (config.loopbackToken) return []
  return [
    findingOf('token')(
      'warning',
      'programs on this machine need no token (LOOPBACK_TOKEN), and a reverse proxy here makes every stranger one of them',
      'Take LOOPBACK_TOKEN away and give programs tokens; nle’s own commands use its socket and need none.',
    ),
  ]
}
