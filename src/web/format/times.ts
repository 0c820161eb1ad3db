/** A time of day as the locale writes it: `12:04`, `12:04 PM`. */
export function clockText(ms: number, locale?: string): string {
  return new Date(ms).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
}

/** The time of day, with the date when it is another day than now: `12:04`, `Tue 3 Nov, 12:04`. */
export function whenText(ms: number, nowMs: number, locale?: string): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString()
  if (isToday) return clockText(ms, locale)
  const day = new Date(ms).toLocaleDateString(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  })
  return `${day}, ${clockText(ms, locale)}`
}
