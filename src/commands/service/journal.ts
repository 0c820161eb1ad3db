import { fstatSync } from 'node:fs'

/**
 * Whether this descriptor leads straight to systemd's journal, which writes time and unit itself.
 * systemd names the stream it made in `JOURNAL_STREAM`; one that was redirected since is another.
 */
export function writesToJournal(
  env: Readonly<Record<string, string | undefined>>,
  fd: number,
  identify: (fd: number) => { dev: number; ino: number } = fstatSync,
): boolean {
  const named = env.JOURNAL_STREAM
  if (named === undefined) return false
  try {
    const { dev, ino } = identify(fd)
    return named === `${dev}:${ino}`
  } catch {
    return false
  }
}
