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

/** The command that starts this program again with these arguments. */
export function programWith(...args: readonly string[]): string[] {
  const executable = executablePath()
  return executable === undefined
    ? [process.execPath, realpathSync(process.argv[1] ?? ''), ...args]
    : [executable, ...args]
}
