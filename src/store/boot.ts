import { readFileSync } from 'node:fs'
import type { Boot } from '../protocol/now.ts'

/**
 * The boot of this machine; undefined where the system does not tell it. The service has it from systemd,
 * because its sandbox hides the file.
 */
export function machineBoot(env: Readonly<Record<string, string | undefined>>): Boot | undefined {
  // systemd writes it without the hyphens of the kernel.
  const id = (env.NLE_BOOT_ID ?? idOfKernel())?.replaceAll('-', '').trim()
  // The monotonic clock, which on Linux counts from the boot.
  return id ? { id, elapsedMs: Number(process.hrtime.bigint() / 1_000_000n) } : undefined
}

function idOfKernel(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  } catch {
    return undefined
  }
}
