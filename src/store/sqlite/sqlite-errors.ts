import { NleError } from '../../errors.ts'
import { type Trouble, type TroubleKind, troubleText } from '../trouble.ts'

/** Codes of a damaged file; a short read is one of a file that was cut off. */
const DAMAGE: ReadonlySet<string> = new Set([
  'SQLITE_NOTADB',
  'SQLITE_IOERR_SHORT_READ',
  'SQLITE_IOERR_CORRUPTFS',
])
/** How many causes of an error are searched for a failure of SQLite. */
const MAX_CAUSES = 4

/** The trouble that caused an error; undefined when the database did not cause it. */
export function troubleOf(error: unknown): Trouble | undefined {
  let each = error
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    const { code, cause } = (each ?? {}) as { code?: unknown; cause?: unknown }
    if (typeof code === 'string' && code.startsWith('SQLITE_')) return { kind: kindOf(code), code }
    each = cause
  }
  return undefined
}

function kindOf(code: string): TroubleKind {
  if (code === 'SQLITE_FULL') return 'full'
  if (code.startsWith('SQLITE_READONLY')) return 'read-only'
  if (code.startsWith('SQLITE_CORRUPT') || DAMAGE.has(code)) return 'damaged'
  if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN')) return 'disk'
  if (code.startsWith('SQLITE_BUSY')) return 'busy'
  return 'other'
}

/** A failure of the database as an NleError for people; any other error as it is. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof NleError) return error
  const trouble = troubleOf(error)
  return trouble === undefined
    ? error
    : new NleError('store', troubleText(trouble), { cause: error })
}

/** Parses a stored JSON value. nle writes valid JSON only, so anything else means a damaged file. */
export function storedJson<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    const damage = new Error('a stored value is no JSON', { cause })
    throw storeFailure(Object.assign(damage, { code: 'SQLITE_CORRUPT' }))
  }
}
