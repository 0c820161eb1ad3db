import { readFileSync } from 'node:fs'
import { defaultDatabasePath } from '../../store/path.ts'
import type { Io } from '../terminal/io.ts'

/** What the machine tells of its users; a test passes its own. */
export interface Users {
  readonly isRoot: boolean
  /** The lines of /etc/passwd. */
  passwd(): string
}

const THIS_MACHINE: Users = {
  isRoot: process.geteuid?.() === 0,
  passwd: () => readFileSync('/etc/passwd', 'utf8'),
}

/**
 * The default database of the person who typed sudo; undefined without sudo. With sudo the home is that
 * of root, but the database of an earlier "nle serve" is that person's.
 */
export function sudoCallersDatabase(
  env: Io['env'],
  { isRoot, passwd }: Users = THIS_MACHINE,
): string | undefined {
  const uid = env.SUDO_UID
  if (!isRoot || uid === undefined || uid === '0') return undefined
  try {
    const users = passwd()
      .split('\n')
      .map((line) => line.split(':'))
    const home = users.find((fields) => fields[2] === uid)?.[5]
    return home ? defaultDatabasePath({}, home) : undefined
  } catch {
    return undefined
  }
}
