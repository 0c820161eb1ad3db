const NAMES: ReadonlyMap<string, string> = new Map([
  ['range', 'heat-cool'],
  ['auto', 'heat-cool'],
  ['heat_cool', 'heat-cool'],
  ['emergency', 'emergency heat'],
])

/** The one name a mode has for people, whoever named it: the thermostat, its schedule, or another system. */
export function modeName(mode: string): string {
  const name = mode.trim().toLowerCase()
  return NAMES.get(name) ?? name
}
