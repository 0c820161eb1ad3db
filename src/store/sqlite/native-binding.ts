/**
 * Finds better-sqlite3's native addon. From source better-sqlite3 looks in its own package. In the
 * executable the addon travels inside the file, and the dynamic loader only takes what has a path:
 * the bytes go to a file without a name, are loaded through its descriptor, and vanish with it.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NleError } from '../../errors.ts'

/** What the executable carries, by name; `undefined` when run from source. */
export type AssetReader = (name: string) => Uint8Array | undefined

/** How the dynamic loader is called; fills `module.exports`. */
export type Dlopen = (module: { exports: unknown }, path: string) => void

/** The name of the addon among the executable's assets (scripts/bundle.mjs puts it there). */
export const ADDON_ASSET = 'better_sqlite3.node'

/** `__O_TMPFILE` of Linux, equal on x64 and arm64; Node has no name for it. */
const TMPFILE_BIT = 0o20000000

let loaded: unknown

/**
 * The addon for better-sqlite3's `nativeBinding` option, loaded once per process; `undefined` when
 * run from source. `lastResorts` are folders to try when no usual place for temporary files can be
 * written and executed from, the database's own folder for example.
 */
export function nativeBinding(lastResorts: readonly string[] = []): unknown | undefined {
  if (loaded !== undefined) return loaded
  const bytes = readAsset(ADDON_ASSET)
  if (bytes === undefined) return undefined
  loaded = loadAddon(bytes, [...temporaryPlaces(), ...lastResorts], process.dlopen)
  return loaded
}

/** Reads an asset of the single executable. `node:sea` exists in every Node, also from source. */
export const readAsset: AssetReader = (name) => {
  const sea = process.getBuiltinModule('node:sea')
  return sea.isSea() ? new Uint8Array(sea.getRawAsset(name)) : undefined
}

/** The folders to try, in this order: each may be missing, read-only or mounted noexec. */
export function temporaryPlaces(): string[] {
  return [...new Set([tmpdir(), '/dev/shm', '/var/tmp'])]
}

/**
 * Loads the addon from the first place that lets it be written and executed: as a file without a
 * name wherever that is possible, and only then as a named one that is removed at once.
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

/** How the dynamic loader words it: "version `GLIBC_2.34' not found". */
const TOO_OLD = /version `(GLIBC|GLIBCXX|CXXABI)_[\d.]+' not found/

function tooOld(reason: string, cause: unknown): NleError {
  return new NleError(
    'store',
    "This system's C library is too old for nle: glibc 2.34 is needed, as in Debian 12, Raspberry " +
      'Pi OS 12 or Ubuntu 22.04 and later. Upgrade the system, or run nle on a newer one.',
    { cause, details: { reasons: [reason] } },
  )
}

/** Needs a file system that knows O_TMPFILE, and /proc. */
function loadUnnamed(bytes: Uint8Array, place: string, dlopen: Dlopen): unknown {
  const fd = openSync(place, constants.O_DIRECTORY | TMPFILE_BIT | constants.O_RDWR, 0o700)
  try {
    writeAll(fd, bytes)
    return exportsOf(`/proc/self/fd/${fd}`, dlopen)
  } finally {
    closeSync(fd)
  }
}

/** A folder only this user may enter, so that nobody can swap the file before it is loaded. */
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

/** A nearly full disk may take fewer bytes than it was given before it complains. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written)
  }
}
