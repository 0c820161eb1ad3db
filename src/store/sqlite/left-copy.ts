import { removeDatabase } from './files.ts'

/** Where the copy of a database is while it is sent. */
export function copyPath(databasePath: string): string {
  return `${databasePath}.being-sent`
}

/** Removes the copy that a killed server has left. */
export function removeLeftCopy(databasePath: string): void {
  removeDatabase(copyPath(databasePath))
}
