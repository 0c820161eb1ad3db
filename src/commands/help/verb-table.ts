import type { Argument, Command, Option } from 'commander'

/** One command of the program, with everything completions and the man page say about it. */
export interface CommandEntry {
  /** The words that lead to it, the program's name first. */
  readonly path: readonly string[]
  readonly summary: string
  readonly aliases: readonly string[]
  readonly args: readonly ArgumentEntry[]
  readonly options: readonly OptionEntry[]
  readonly commands: readonly CommandEntry[]
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
  /** The environment variable that does the same. */
  readonly env: string | undefined
}

export interface ArgumentEntry {
  readonly name: string
  readonly summary: string
  readonly required: boolean
  readonly variadic: boolean
  readonly choices: readonly string[]
  readonly takesFile: boolean
}

/** Reads the program's own definition, hidden commands and options and `help` left out. */
export function commandTable(command: Command, parents: readonly string[] = []): CommandEntry {
  const help = command.createHelp()
  const path = [...parents, command.name()]
  return {
    path,
    summary: command.summary() || command.description(),
    aliases: command.aliases(),
    args: command.registeredArguments.map(argumentEntry),
    options: help.visibleOptions(command).map(optionEntry),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => commandTable(child, path)),
  }
}

/** The entry itself and everything below it, parents first. */
export function flatten(entry: CommandEntry): CommandEntry[] {
  return [entry, ...entry.commands.flatMap(flatten)]
}

function optionEntry(option: Option): OptionEntry {
  const value = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1]?.replace(/\.\.\.$/, '')
  return {
    flags: option.flags,
    short: option.short,
    long: option.long,
    summary: option.description,
    value,
    choices: option.argChoices ?? [],
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
  }
}

function namesFile(name: string): boolean {
  return /\b(file|path|folder|dir|directory|database)\b/i.test(name)
}
