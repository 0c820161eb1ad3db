/** Where processes tell each other what they have written. */
export const CHANNEL = 'nle_changes'
/** PostgreSQL refuses 8,000 bytes and more. Serials are letters and digits. */
const MAX_LENGTH = 7_900

/** What one process wrote. */
export interface HeardWrites {
  readonly processId: string
  /** By serial: the version now; 0 for one that was removed. */
  readonly versions: ReadonlyMap<string, number>
}

/** The messages about these commits: the process, then `serial:version`, apart by blanks. */
export function messagesOf(processId: string, versions: ReadonlyMap<string, number>): string[] {
  const messages: string[] = []
  let message = processId
  for (const [serial, version] of versions) {
    const item = ` ${serial}:${version}`
    if (message.length + item.length > MAX_LENGTH) {
      messages.push(message)
      message = processId
    }
    message += item
  }
  if (message !== processId) messages.push(message)
  return messages
}

/** Reads a message; items that a newer nle may add are left out. */
export function announcementIn(message: string): HeardWrites {
  const [processId = '', ...items] = message.split(' ')
  const versions = new Map<string, number>()
  for (const item of items) {
    const [serial = '', version = ''] = item.split(':')
    if (serial !== '' && /^-?\d+$/.test(version)) versions.set(serial, Number(version))
  }
  return { processId, versions }
}
