import type { Status } from '../../api/shapes.ts'

/** Thermostats by name as people sort names; those of one name by serial, so that the order stays. */
export function byName(statuses: Iterable<Status>, locale?: string): Status[] {
  const { compare } = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })
  return [...statuses].sort((a, b) => compare(a.name, b.name) || (a.serial < b.serial ? -1 : 1))
}
