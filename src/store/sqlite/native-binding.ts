/**
 * Loads better-sqlite3's native addon. From source better-sqlite3 finds it in its own package. The
 * executable contains the addon, but the dynamic loader needs a path: the bytes are written to a file
 * without a name, loaded through its descriptor, and gone with it.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NleError } from '../../errors.ts'

/** The dynamic loader, which fills `module.exports`. */
type Dlopen = (module: { exports: unknown }, path: string) => void

/** The name of the addon among the assets of the executable. */
const ADDON_ASSET = 'better_sqlite3.node'

/** `__O_TMPFILE` of Linux, equal on x64 and arm64; Node has no name for it. */
const TMPFILE_BIT = 0o20000000

let loaded: unknown

/**
 * The addon for better-sqlite3's `nativeBinding` option, loaded once per process; undefined when run from
 * source.
 *
 * @param lastResorts - folders to try when no usual folder for temporary files can be written and executed
 * from
 */
export function nativeBinding(lastResorts: readonly string[] = []): unknown | undefined {
  if (loaded !== undefined) return loaded
  const sea = process.getBuiltinModule('node:sea')
  if (!sea.isSea()) return undefined
  const bytes = new Uint8Array(sea.getRawAsset(ADDON_ASSET))
  loaded = loadAddon(bytes, [...temporaryPlaces(), ...lastResorts], process.dlopen)
  return loaded
}

/** The folders to try, in this order: each may be missing, read-only or mounted noexec. */
export function temporaryPlaces(): string[] {
  return [...new Set([tmpdir(), '/dev/shm', '/var/tmp'])]
}

/**
 * Loads the addon from the first folder that can be written and executed from: as a file without a name if
 * any folder allows that, else as a named one that is removed at once.
 *
 * @throws NleError `store`
 */
export function loadAddon(bytes: Uint8Array, places: readonly string[], dlopen: Dlopen): unknown {
  const reasons: string[] = []
  for (const load of [loadUnnamed, loadNamed]) {
    for (const place of places) {
      try {
        return load(bytes, place, dlopen)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        // The executable itself starts on older systems than the addon does.
        if (TOO_OLD.test(reason)) throw tooOld(reason, error)
        reasons.push(`${place}: ${reason}`)
      }
    }
  }
  throw new NleError(
    'store',
    'The database engine could not be loaded: it needs a folder for temporary files that can be ' +
      `written and executed from, and none of ${places.join(', ')} is one. ` +
      'Set TMPDIR to such a folder (one not mounted "noexec") and start again.',
    { details: { reasons } },
  )
}

/** The dynamic loader's message for it: "version `GLIBC_2.34' not found". */
const TOO_OLD = /version `(GLIBC|GLIBCXX|CXXABI)_[\d.]+' not found/

function tooOld(reason: string, cause: unknown): NleError {
  return new NleError(
    'store',
    "This system's C library is too old for nle: glibc 2.34 is needed, as in Debian 12, Raspberry " +
      'Pi OS 12 or Ubuntu 22.04 and later. Upgrade the system, or run nle on a newer one.',
    { cause, details: { reasons: [reason] } },
  )
}

/** Needs a file system with O_TMPFILE, and /proc. */
function loadUnnamed(bytes: Uint8Array, place: string, dlopen: Dlopen): unknown {
  const fd = openSync(place, constants.O_DIRECTORY | TMPFILE_BIT | constants.O_RDWR, 0o700)
  try {
    writeAll(fd, bytes)
    return exportsOf(`/proc/self/fd/${fd}`, dlopen)
  } finally {
    closeSync(fd)
  }
}

/** In a folder that only this user may enter, so that no other user can swap the file before it is loaded. */
function loadNamed(bytes: Uint8Array, place: string, dlopen: Dlopen): unknown {
  const folder = mkdtempSync(join(place, 'nle-'))
  try {
    const path = join(folder, ADDON_ASSET)
    const fd = openSync(path, 'wx', 0o700)
    try {
      writeAll(fd, bytes)
    } finally {
      closeSync(fd)
    }
    return exportsOf(path, dlopen)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function exportsOf(path: string, dlopen: Dlopen): unknown {
  const module: { exports: unknown } = { exports: {} }
  dlopen(module, path)
  return module.exports
}

/** A nearly full disk may write fewer bytes than it was given before it fails. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written)
  }
}
