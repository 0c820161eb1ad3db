import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { executablePath } from '../own-command.ts'
import type { CopyFacts } from './way-to-upgrade.ts'

/** What this machine tells of the copy of nle that runs. */
export function thisCopy(env: Readonly<Record<string, string | undefined>>): CopyFacts {
  const executable = executablePath()
  return {
    executable,
    isPackaged: existsSync('/var/lib/dpkg/info/nle.list'),
    isAddOn: (env.SUPERVISOR_TOKEN ?? '') !== '',
    isWritable: executable !== undefined && mayWrite(dirname(executable)),
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
  }
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
