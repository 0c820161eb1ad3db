/** What is wrong with the database, or with the disk under it. */
export type TroubleKind = 'full' | 'read-only' | 'disk' | 'damaged' | 'busy' | 'away' | 'other'

export interface Trouble {
  readonly kind: TroubleKind
  /** The engine's code, such as `SQLITE_IOERR_WRITE` or `57P01`. */
  readonly code: string
}

/** A sentence for people about a trouble. */
export function troubleText({ kind, code }: Trouble): string {
  switch (kind) {
    case 'damaged':
      return 'The database is damaged. Stop the server and bring back a backup with "nle restore".'
    case 'full':
      return 'The database could not be written: the disk is full.'
    case 'read-only':
      return 'The database could not be written: the file system is read-only.'
    case 'disk':
      return `The database could not be ${code.includes('READ') ? 'read' : 'written'}: the disk reports an error.`
    case 'busy':
      return 'The database could not be written: another program keeps it locked. Close that program, or wait until it is done.'
    case 'away':
      return 'The database could not be reached, or takes no writes. nle goes on as soon as it is back.'
    case 'other':
      return `The database could not be used: ${code.startsWith('SQLITE_') ? 'SQLite' : 'PostgreSQL'} says ${code}.`
  }
}
