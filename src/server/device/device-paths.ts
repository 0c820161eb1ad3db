import { toSerial } from '../../protocol/identity.ts'

/** Paths that guard and routes share; percent-decoded, as `splitUrl` gives them. */
export const ENTRY = '/entry'
export const PING = '/ping'
export const INFO = '/info'
export const PASSPHRASE = '/passphrase'

/** Firmware builds use every path with and without `/nest`. */
export function withNest(path: string): readonly string[] {
  return [`/nest${path}`, path]
}

/** What people enter as `cloudregisterurl` who leave out `/entry` (`E5`). */
export const ROOTS = ['/', '/nest'] as const

/** What people enter who write `/entry` or `/nest` twice, or a slash too many (`E5`). */
export const MISTYPED_ENTRIES = [
  '/entry/entry',
  '/nest/entry/entry',
  '/nest/nest/entry',
  '/entry/nest/entry',
  '//entry',
  '//nest/entry',
  '/nest//entry',
] as const

const OPEN: ReadonlySet<string> = new Set([
  ...[ENTRY, PING, INFO].flatMap(withNest),
  ...ROOTS,
  ...MISTYPED_ENTRIES,
])

/**
 * Whether every caller may use a path: a thermostat must find its server with any password (`E1`), a
 * person may open it in a browser, and an installer's page may read it. No answer is a secret.
 */
export function isOpenPath(path: string): boolean {
  return OPEN.has(path)
}

/** Whether the request is for the code that the thermostat shows (`P1`). */
export function asksForCode(path: string): boolean {
  return withNest(PASSPHRASE).includes(path)
}

/** The serial in `…/device/{serial}`, the one path that names its caller. */
export function serialInPath(path: string): string | undefined {
  return toSerial(/\/device\/(?:device\.)?([^/]+)$/.exec(path)?.[1])
}
