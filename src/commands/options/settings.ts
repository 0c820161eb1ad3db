import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type Config, resolveConfig, SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import type { AddOnOptions } from './add-on-options.ts'
import { type EnvFile, parseEnvFile } from './env-file.ts'
import { offering } from './offering.ts'

/** Options of a command by setting name, as `addSettings` declares them. */
export type SettingFlags = Readonly<Record<string, unknown>>

/** Adds the flags of these settings, or of all. */
export function addSettings(
  command: Command,
  names: readonly (keyof Config)[] = Object.keys(SETTINGS) as (keyof Config)[],
): Command {
  for (const name of names) {
    const { flag, help, env, fallback, parse } = SETTINGS[name]
    // Secrets have no flag: every user of the machine could read it.
    if (flag === undefined) continue
    const option = new Option(flag, `${help} (env: ${env})`)
    option.attributeName = () => name
    if (parse.words !== undefined) offering(option, parse.words)
    if (fallback !== undefined && fallback !== '') {
      option.defaultValueDescription = fallback
      option.description += ` (default: ${fallback})`
    }
    command.addOption(option)
  }
  return command
}

type SettingsIo = Pick<Io, 'env' | 'stderr' | 'errorColumns' | 'ownCommand'>
type Settings = ReturnType<typeof resolveConfig> & { readonly file: string | undefined }

/** The settings in force here: those of `readSettings`, or of an add-on of Home Assistant. */
export async function settingsHere(flags: SettingFlags, io: SettingsIo): Promise<Settings> {
  if (!io.env.SUPERVISOR_TOKEN) return readSettings(flags, io)
  const { readAddOnOptions } = await import('./add-on-options.ts')
  const options = readAddOnOptions()
  return options === undefined ? readSettings(flags, io) : addOnSettings(flags, io, options)
}

/** The settings of an add-on: flags, environment, the options that its owner has set, defaults. */
export function addOnSettings(
  flags: SettingFlags,
  io: SettingsIo,
  { file, variables, unknown }: AddOnOptions,
): Settings {
  if (unknown.length > 0) {
    note(io, `${file}: nle has no setting for ${unknown.join(', ')}, so nothing comes of it.`)
  }
  const where = ' in the configuration of the add-on'
  return { ...resolveConfig(flags, io.env, variables, undefined, where), file }
}

/**
 * The settings in force: flags, environment, the .env file of the working folder, defaults.
 *
 * @param folder - the working folder
 * @throws NleError `invalid`, naming the flag or variable; `forbidden` when .env cannot be read
 */
export function readSettings(
  flags: SettingFlags,
  io: SettingsIo,
  folder: string = process.cwd(),
): Settings {
  const file = join(folder, '.env')
  const read = readEnvFile(file)
  if (read !== undefined && read.ignored.length > 0) note(io, ignoredText(file, read.ignored))
  const variables = read?.variables
  return { ...resolveConfig(flags, io.env, variables), file: variables && file }
}

/** The environment, completed by the .env file of the working folder. */
export function settingsEnv(env: Io['env'], folder: string = process.cwd()): Io['env'] {
  return { ...readEnvFile(join(folder, '.env'))?.variables, ...env }
}

/** Names the lines without their text, which may be a secret. */
function ignoredText(file: string, lines: readonly number[]): string {
  const numbers = [lines.slice(0, -1).join(', '), lines.at(-1)].filter(Boolean).join(' and ')
  const [which, are] =
    lines.length === 1 ? ['line', 'is ignored, for it is'] : ['lines', 'are ignored, for they are']
  return `${file}: ${which} ${numbers} ${are} not NAME=value.`
}

/** Undefined when there is none. */
function readEnvFile(path: string): EnvFile | undefined {
  try {
    return parseEnvFile(readFileSync(path, 'utf8'))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    // A folder of that name is a virtual environment of Python.
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined
    throw new NleError(
      'forbidden',
      `${path} cannot be read: ${message}. Make it readable for this user, or start nle in another folder.`,
      { cause },
    )
  }
}

/** Whether a command line gives settings, besides the database that it means. */
export function givesSettings(options: object): boolean {
  return Object.keys(options).some(
    (name) => name !== 'databasePath' && Object.hasOwn(SETTINGS, name),
  )
}
