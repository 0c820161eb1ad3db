import type { ViewedState } from './viewed-state.ts'

const EMPTY_LENGTH = '{}'.length

/**
 * Whether a thermostat has put both `shared` and `device`. Before that nothing is known of what it
 * measures, wants and can do.
 */
export function hasUploaded({ serial, buckets }: Pick<ViewedState, 'serial' | 'buckets'>): boolean {
  return ['shared', 'device'].every(
    (type) => (buckets.get(`${type}.${serial}`)?.length ?? 0) > EMPTY_LENGTH,
  )
}
