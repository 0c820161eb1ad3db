/** The secret in the code, and the number by which a controller finds the bridge. */
export interface BridgeIdentity {
  readonly passcode: number
  readonly discriminator: number
}

/** Matter forbids those that anybody would try. */
const FORBIDDEN: ReadonlySet<number> = new Set([
  11111111, 22222222, 33333333, 44444444, 55555555, 66666666, 77777777, 88888888, 99999999,
  12345678, 87654321,
])
const MAX_PASSCODE = 99_999_998
const DISCRIMINATORS = 4096

/**
 * A new identity.
 *
 * @param randomInt - uniform integer in [0, max)
 */
export function newIdentity(randomInt: (max: number) => number): BridgeIdentity {
  let passcode = 0
  do passcode = 1 + randomInt(MAX_PASSCODE)
  while (FORBIDDEN.has(passcode))
  return { passcode, discriminator: randomInt(DISCRIMINATORS) }
}

/** The eleven digits as apps print them: `1112-851-4311`. */
export function spacedCode(code: string): string {
  return code.replace(/^(\d{4})(\d{3})(\d{4})$/, '$1-$2-$3')
}
