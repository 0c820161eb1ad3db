import {
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { NleError } from '../../errors.ts'
import { makeFolders } from '../make-folders.ts'

/** The suffixes of SQLite's files beside a database that is open or was not closed. */
const COMPANIONS = ['-wal', '-shm'] as const

/** The suffixes of all files that belong to a database. */
export const OWN_FILES = ['', ...COMPANIONS, '.lock'] as const

/** Makes the folder of a database as `makeFolders` does. */
export function makeFolder(path: string): void {
  makeFolders(dirname(path))
}

/** Whether there is a log that is not empty, with or without its database. */
export function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Removes SQLite's files beside a database. */
export function removeCompanions(path: string): void {
  for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true })
}

export function removeDatabase(path: string): void {
  rmSync(path, { force: true })
  removeCompanions(path)
}

/** Gives a finished file its name, under which it survives a power cut. */
export function putInPlace(fresh: string, path: string): void {
  syncToDisk(fresh)
  renameSync(fresh, path)
  syncToDisk(dirname(path))
}

/**
 * Gives the files of a database that root has made in the folder of another user to that user, whose server
 * could not open them otherwise. A link is not followed: its maker may not choose what root gives away.
 */
export function giveToFolderOwner(path: string): void {
  if (process.geteuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(path))
  for (const file of OWN_FILES.map((suffix) => path + suffix)) {
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found?.isFile() && found.uid === 0 && found.nlink === 1) lchownSync(file, uid, gid)
  }
}

function syncToDisk(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Whether two paths lead to the same file. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

/**
 * Refuses a database with a second name. SQLite finds the log and the lock beside the name that it is given,
 * so two processes under two names would not notice each other, and destroy it.
 *
 * @throws NleError `unfit` for a file with hard links, or one that is mounted by itself
 */
export function refuseSecondName(path: string): void {
  const links = statSync(path, { throwIfNoEntry: false })?.nlink ?? 1
  if (links > 1) {
    throw new NleError(
      'unfit',
      `${path} has ${links} names (hard links), and a process that uses another one of them would destroy it. Find them with "find / -xdev -samefile ${path}", and keep one.`,
    )
  }
  if (links === 1 && isMountPoint(path)) {
    throw new NleError(
      'unfit',
      `${path} is mounted by itself (a bind mount, or a container's volume of one file), and a process that uses it under its other name would destroy it. Mount its folder instead.`,
    )
  }
}

function isMountPoint(path: string): boolean {
  if (!existsSync(path)) return false
  let mounts: string
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    // Other systems than Linux.
    return false
  }
  const real = realpathSync(path)
  return mounts.split('\n').some((line) => unescapeMount(line.split(' ')[4] ?? '') === real)
}

/** The kernel writes blanks and backslashes of a mount point in octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/** @throws NleError `invalid` when this path exists but is no file */
export function refuseNonFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return
  if (found?.isDirectory()) {
    const example = `${path.replace(/\/+$/, '')}/nle.sqlite`
    throw new NleError('invalid', `${path} is a folder. Name a file, such as ${example}.`)
  }
  if (found !== undefined) throw new NleError('invalid', `${path} is not a file. Name another one.`)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    // Its disk may not be mounted yet.
    throw new NleError('invalid', `${path} is a link to a file that is not there.`)
  }
}
