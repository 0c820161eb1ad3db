const NAMES: ReadonlyMap<string, string> = new Map([
  ['range', 'heat-cool'],
  ['auto', 'heat-cool'],
  ['heat_cool', 'heat-cool'],
  ['emergency', 'emergency heat'],
])

/** The name of a mode for people, by its name at the thermostat, in a schedule or another system. */
export function modeName(mode: string): string {
  const name = mode.trim().toLowerCase()
  return NAMES.get(name) ?? name
}
