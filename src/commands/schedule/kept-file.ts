import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NleError } from '../../errors.ts'
import type { Named } from '../client/find-device.ts'
import type { Io } from '../terminal/io.ts'

/** Weeks that are kept for the person, to edit or to undo with. */

/** The oldest beyond these go. */
const MOST_KEPT = 50

/**
 * Writes a week to a new file of the person's own, in `$XDG_STATE_HOME/nle`, by default `~/.local/state/nle`,
 * else in a temporary folder.
 *
 * @returns its path
 * @throws NleError `invalid` when it cannot be written anywhere
 */
export function keepWeek(io: Pick<Io, 'env' | 'nowMs'>, device: Named, text: string): string {
  let cause: unknown
  for (const folder of [stateFolder, temporaryFolder]) {
    try {
      return writeNew(folder(io), fileName(io, device), text)
    } catch (error) {
      cause = error
    }
  }
  throw new NleError(
    'invalid',
    `Nothing was changed: the present week cannot be kept in a file (${(cause as Error).message}). Name a folder for it in XDG_STATE_HOME.`,
    { cause },
  )
}

function stateFolder({ env }: Pick<Io, 'env'>): string {
  const { XDG_STATE_HOME: state, HOME: home } = env
  if (!state && !home) throw new Error('there is no home')
  const folder = join(state || join(home ?? '', '.local', 'state'), 'nle')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  removeOldest(folder)
  return folder
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nle-'))
}

/** `schedule-2026-11-27T140312Z-hallway.txt`: by name they are in order of time. */
function fileName({ nowMs }: Pick<Io, 'nowMs'>, { name, serial }: Named): string {
  const at = new Date(nowMs()).toISOString().replaceAll(':', '').replace(/\.\d+/, '')
  const called = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return `schedule-${at}-${/[a-z0-9]/.test(called) ? called : serial}`
}

/** A file that was there already is left alone. */
function writeNew(folder: string, name: string, text: string): string {
  for (let count = 1; ; count++) {
    const file = join(folder, `${name}${count === 1 ? '' : `-${count}`}.txt`)
    try {
      writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || count === MOST_KEPT) throw error
    }
  }
}

function removeOldest(folder: string): void {
  const kept = readdirSync(folder)
    .filter((name) => /^schedule-.*\.txt$/.test(name))
    .sort()
  for (const name of kept.slice(0, Math.max(0, kept.length - MOST_KEPT + 1))) {
    rmSync(join(folder, name), { force: true })
  }
}
