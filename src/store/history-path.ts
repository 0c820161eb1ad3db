import { basename, dirname, join } from 'node:path'
import { realPath } from './path.ts'

/** Where the history of a database is: beside it, and for another name than the usual one under that name. */
export function historyPath(databasePath: string): string {
  if (databasePath === ':memory:') return databasePath
  const path = realPath(databasePath)
  const name = basename(path)
  return join(dirname(path), name === 'nle.sqlite' ? 'history.sqlite' : `${name}.history`)
}
