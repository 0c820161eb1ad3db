import { realpathSync } from 'node:fs'

/** The path of the executable that this process runs from; undefined when it runs from source. */
export function executablePath(): string | undefined {
  const isExecutable = process.getBuiltinModule('node:sea').isSea()
  return isExecutable ? realpathSync(process.execPath) : undefined
}

/** How a person starts nle again: `nle`, or from source `npm run nle --`. */
export function ownCommand(): string {
  return executablePath() === undefined ? 'npm run nle --' : 'nle'
}
