import type { IncomingHttpHeaders } from 'node:http'
import { UNPRINTABLE } from '../../../protocol/input.ts'

/** The longest name that is shown. */
const MAX_LENGTH = 64

/** The name of the person for whom Home Assistant sends a request; undefined where it says none. */
export function personIn(headers: IncomingHttpHeaders): string | undefined {
  const [name = ''] = [headers['x-remote-user-display-name'] ?? []].flat()
  // Node reads headers as Latin-1, and Home Assistant writes UTF-8.
  const text = Buffer.from(name, 'latin1').toString('utf8')
  return text.replace(UNPRINTABLE, '').trim().slice(0, MAX_LENGTH) || undefined
}
