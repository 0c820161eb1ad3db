/** A time of day as the locale writes it: `12:04`, `12:04 PM`. */
export function clockText(ms: number, locale?: string): string {
  return new Date(ms).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
}

/** The time of day, with the date when it is another day than now: `12:04`, `Tue 3 Nov, 12:04`, `3 Nov 2025, 12:04`. */
export function whenText(ms: number, nowMs: number, locale?: string): string {
  const [at, now] = [new Date(ms), new Date(nowMs)]
  if (at.toDateString() === now.toDateString()) return clockText(ms, locale)
  const isThisYear = at.getFullYear() === now.getFullYear()
  const day = at.toLocaleDateString(locale, {
    ...(isThisYear ? { weekday: 'short' } : { year: 'numeric' }),
    day: 'numeric',
    month: 'short',
  })
  return `${day}, ${clockText(ms, locale)}`
}
