import { fstatSync } from 'node:fs'

/**
 * Whether this descriptor writes to systemd's journal, which adds time and unit itself. systemd names
 * the stream it made in `JOURNAL_STREAM`; a redirected stream has another device and inode.
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
