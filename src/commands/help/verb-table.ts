import type { Argument, Command, Option } from 'commander'
import { asksForWords } from './argument-words.ts'

/** One verb of the program, with everything that completions and the man page say about it. */
export interface VerbEntry {
  /** The words that call it, the program's name first. */
  readonly path: readonly string[]
  readonly summary: string
  readonly aliases: readonly string[]
  readonly args: readonly ArgumentEntry[]
  readonly options: readonly OptionEntry[]
  readonly verbs: readonly VerbEntry[]
}

export interface OptionEntry {
  /** As in the help: `-y, --yes`, `--db <path>`. */
  readonly flags: string
  readonly short: string | undefined
  readonly long: string | undefined
  readonly summary: string
  /** The name of its value; `undefined` for a switch. */
  readonly value: string | undefined
  readonly choices: readonly string[]
  readonly takesFile: boolean
  /** The environment variable that stands in for it. */
  readonly env: string | undefined
}

export interface ArgumentEntry {
  readonly name: string
  readonly summary: string
  readonly required: boolean
  readonly variadic: boolean
  readonly choices: readonly string[]
  readonly takesFile: boolean
  /** Whether completions ask the program for its words (argument-words.ts). */
  readonly asks: boolean
}

/** Reads the program's own definition, without `help` and what is hidden. */
export function verbTable(command: Command, parents: readonly string[] = []): VerbEntry {
  const help = command.createHelp()
  const path = [...parents, command.name()]
  return {
    path,
    summary: command.summary() || command.description(),
    aliases: command.aliases(),
    args: command.registeredArguments.map(argumentEntry),
    options: help.visibleOptions(command).map(optionEntry),
    verbs: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => verbTable(child, path)),
  }
}

/** The entry and everything below it, parents first. */
export function flatten(entry: VerbEntry): VerbEntry[] {
  return [entry, ...entry.verbs.flatMap(flatten)]
}

function optionEntry(option: Option): OptionEntry {
  const value = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1]?.replace(/\.\.\.$/, '')
  return {
    flags: option.flags,
    short: option.short,
    long: option.long,
    summary: option.description,
    value,
    // `[yes|no]` names its values itself.
    choices: option.argChoices ?? (value?.includes('|') === true ? value.split('|') : []),
    takesFile: value !== undefined && namesFile(value),
    env: option.envVar,
  }
}

function argumentEntry(argument: Argument): ArgumentEntry {
  return {
    name: argument.name(),
    summary: argument.description,
    required: argument.required,
    variadic: argument.variadic,
    choices: argument.argChoices ?? [],
    takesFile: namesFile(argument.name()),
    asks: asksForWords(argument.name()),
  }
}

function namesFile(name: string): boolean {
  return /\b(file|path|folder|dir|directory|database)\b/i.test(name)
}
