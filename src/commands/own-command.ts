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

/** Every verb, in the order of the help. */
export const VERB_NAMES = [
  'setup',
  'serve',
  'pair',
  'devices',
  'status',
  'set',
  'rename',
  'schedule',
  'changes',
  'history',
  'watch',
  'unpair',
  'dismiss',
  'buckets',
  'scan',
  'configure',
  'mqtt',
  'matter',
  'notify',
  'token',
  'pin',
  'repin',
  'simulate',
  'doctor',
  'health',
  'config',
  'backup',
  'restore',
  'import',
  'migrate',
  'service',
  'update',
  'completion',
  '__complete',
] as const

/** `nle` where a command line begins: not in a path, and before a verb or what else may follow. */
const BEGINNING = new RegExp(
  `(?<![\\w/.-])nle(?=\\s+(?:(?:${VERB_NAMES.join('|')}|help)\\b|--?[a-zA-Z]|\\[options\\]))`,
  'g',
)

/**
 * Text for people with its command lines as they are typed here. Every message says `nle pair`, so that it
 * need not know how the program was started; what prints it knows.
 */
export function asTypedHere(text: string, ownCommand: string | undefined): string {
  return ownCommand === undefined ? text : text.replace(BEGINNING, ownCommand)
}
