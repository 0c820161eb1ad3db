import type { Command } from 'commander'
import type { VERB_NAMES } from '../own-command.ts'
import type { Io } from '../terminal/io.ts'

/** Adds a verb to the program. */
type Register = (program: Command, io: Io) => void

/**
 * Every verb, in the order of the help. Each is loaded when it is needed: on a small machine, loading
 * them all would take most of the time of a short verb.
 */
const LOADERS: Readonly<Record<(typeof VERB_NAMES)[number], () => Promise<Register>>> = {
  setup: async () => (await import('./setup.ts')).registerSetup,
  serve: async () => (await import('./serve.ts')).registerServe,
  pair: async () => (await import('./pair.ts')).registerPair,
  devices: async () => (await import('./devices.ts')).registerDevices,
  status: async () => (await import('./status.ts')).registerStatus,
  set: async () => (await import('./set.ts')).registerSet,
  rename: async () => (await import('./rename.ts')).registerRename,
  schedule: async () => (await import('./schedule.ts')).registerSchedule,
  changes: async () => (await import('./changes.ts')).registerChanges,
  history: async () => (await import('./history.ts')).registerHistory,
  watch: async () => (await import('./watch.ts')).registerWatch,
  unpair: async () => (await import('./unpair.ts')).registerUnpair,
  dismiss: async () => (await import('./dismiss.ts')).registerDismiss,
  buckets: async () => (await import('./buckets.ts')).registerBuckets,
  scan: async () => (await import('./scan.ts')).registerScan,
  configure: async () => (await import('./configure.ts')).registerConfigure,
  mqtt: async () => (await import('./mqtt.ts')).registerMqtt,
  matter: async () => (await import('./matter.ts')).registerMatter,
  notify: async () => (await import('./notify.ts')).registerNotify,
  token: async () => (await import('./token.ts')).registerToken,
  pin: async () => (await import('./pin.ts')).registerPin,
  repin: async () => (await import('./repin.ts')).registerRepin,
  simulate: async () => (await import('./simulate.ts')).registerSimulate,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
  health: async () => (await import('./health.ts')).registerHealth,
  config: async () => (await import('./config.ts')).registerConfig,
  backup: async () => (await import('./backup.ts')).registerBackup,
  restore: async () => (await import('./backup.ts')).registerRestore,
  import: async () => (await import('./import.ts')).registerImport,
  migrate: async () => (await import('./migrate.ts')).registerMigrate,
  service: async () => (await import('./service.ts')).registerService,
  update: async () => (await import('./update.ts')).registerUpdate,
  completion: async () => (await import('./completion.ts')).registerCompletion,
  // Hidden; docs/cli.md does not have it.
  __complete: async () => (await import('./complete.ts')).registerComplete,
}

/** The same by any word. */
export const VERBS: Readonly<Record<string, () => Promise<Register>>> = LOADERS

/** The verbs to load for a command line: the one it names, or all for help and completions. */
export function verbsFor(args: readonly string[]): string[] {
  const named = args.find((arg) => !arg.startsWith('-'))
  if (named === undefined && args.some((arg) => arg === '--version' || arg === '-V')) return []
  // What completes an argument needs the verb that is typed, and no other.
  if (named === '__complete') return [named, ...verbsTyped(args.slice(args.indexOf(named) + 1))]
  // Completions describe all verbs.
  const alone = named !== undefined && named !== 'completion' && Object.hasOwn(VERBS, named)
  return alone ? [named] : Object.keys(VERBS)
}

/** The verb on a line that is being completed. */
function verbsTyped(words: readonly string[]): string[] {
  const verb = words.find((word) => !word.startsWith('-'))
  return verb !== undefined && Object.hasOwn(VERBS, verb) ? [verb] : []
}
