import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Why volumes cannot be mounted here, for `skip`; false where they can. */
export function mountingRefused(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'nle-mount-'))
  try {
    mount(folder, ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs'])
    unmount(folder)
    return false
  } catch {
    return 'mounting a small volume takes root here'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Why the limits of a process cannot be changed here; false where they can. */
export function limitingRefused(): string | false {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize'], { stdio: 'ignore' })
    return false
  } catch {
    return 'there is no prlimit here'
  }
}

/** A volume that is unmounted when the test ends. */
export class Volume {
  readonly folder: string

  /** @param what - options and source for `mount` */
  constructor(t: Test, what: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'nle-volume-'))
    mount(this.folder, what)
    t.teardown(() => {
      unmount(this.folder)
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  static small(t: Test, kib: number): Volume {
    return new Volume(t, ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs'])
  }

  /** Fills the volume to the last byte. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.folder)
    writeFileSync(join(this.folder, 'filler'), Buffer.alloc(bavail * bsize))
  }

  /** Undoes `fill`. */
  makeRoom(): void {
    rmSync(join(this.folder, 'filler'))
  }

  /** Takes the volume away from its path, although its files are open. */
  detach(): void {
    execFileSync('umount', ['--lazy', this.folder], { stdio: 'ignore' })
  }

  /** Mounts another one in its place, after `detach`. */
  mount(what: readonly string[]): void {
    mount(this.folder, what)
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.folder], { stdio: 'ignore' })
  }
}

/** Mounts a file or folder under a second path, with a blank in it, until the test ends. */
export function secondPath(t: Test, path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'nle second '))
  const second = join(folder, 'nle.sqlite')
  if (statSync(path).isDirectory()) mkdirSync(second)
  else writeFileSync(second, '')
  mount(second, ['--bind', path])
  t.teardown(() => {
    unmount(second)
    rmSync(folder, { recursive: true, force: true })
  })
  return second
}

/** Forbids a process to write to any file, or lifts the limit. Needs no special rights. */
export function limitWrites(pid: number, limit: 0 | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:`])
}

function mount(folder: string, what: readonly string[]): void {
  execFileSync('mount', [...what, folder], { stdio: 'ignore' })
}

function unmount(folder: string): void {
  execFileSync('umount', [folder], { stdio: 'ignore' })
}
