import pg from 'pg'
import { NleError } from '../../errors.ts'
import { type Trouble, type TroubleKind, troubleText } from '../trouble.ts'

/** Stands for the code of PostgreSQL where there is none: nobody answered. */
const NO_ANSWER = 'no answer'
/** How many causes of an error are searched for a fault of the database. */
const MAX_CAUSES = 4

/** Any failure of a query or a connection. */
export class DatabaseFault extends Error {
  /** PostgreSQL's code of five characters (SQLSTATE), or `NO_ANSWER`. */
  readonly code: string
  /** The transaction may have been committed, and will not be looked up again. */
  readonly isUnclear: boolean

  constructor(cause: unknown, isUnclear = false) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'DatabaseFault'
    this.code = cause instanceof pg.DatabaseError ? (cause.code ?? NO_ANSWER) : NO_ANSWER
    this.isUnclear = isUnclear
  }

  /** Whether the same again may well succeed: another transaction was in the way. */
  get isRepeatable(): boolean {
    return ['40001', '40P01', '55P03'].includes(this.code)
  }

  /** Whether the values or the rows they refer to are to blame, so that it fails again and again. */
  get isOfData(): boolean {
    return /^(22|23|54)/.test(this.code)
  }

  /** Whether the database cannot be used by anybody now. */
  get isAway(): boolean {
    return !this.isRepeatable && kindOf(this.code) !== 'other'
  }
}

/** The trouble that caused an error; undefined when the database did not cause it. */
export function postgresTrouble(error: unknown): Trouble | undefined {
  let each = error
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    if (each instanceof DatabaseFault) return { kind: kindOf(each.code), code: each.code }
    each = (each as { cause?: unknown } | undefined)?.cause
  }
  return undefined
}

function kindOf(code: string): TroubleKind {
  if (code === '53100') return 'full'
  if (['40001', '40P01', '55P03'].includes(code)) return 'busy'
  // No answer; a standby; shutting down or starting up; too many connections; not let in; no such database.
  const isAway = /^(08|25006|57P0|57014|25P0|53[23]|28|3D)/.test(code) || code === NO_ANSWER
  return isAway ? 'away' : 'other'
}

/** A failure of the database as an NleError for people; any other error as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof NleError) return error
  const trouble = postgresTrouble(error)
  return trouble === undefined
    ? error
    : new NleError('store', troubleText(trouble), { cause: error })
}

/** What a query finds; a failure of the database as an NleError for people. */
export async function told<T>(query: Promise<T>): Promise<T> {
  try {
    return await query
  } catch (error) {
    throw explained(error)
  }
}
