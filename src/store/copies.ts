// Backups and other copies of a database, for those who make or read one: a server starts without this.
export {
  backUp,
  copyDatabase,
  type DatabaseFacts,
  inspect,
  inspectFor,
  keepBackup,
  restore,
} from './sqlite/database-copy.ts'
export { inspectForMove, moveDatabase } from './sqlite/database-move.ts'
export { copyPath, removeLeftCopy } from './sqlite/left-copy.ts'
export { copyWhileServing } from './sqlite/serving-copy.ts'
