import type { ArgumentPlace } from './argument-words.ts'
import type { VerbEntry } from './verb-table.ts'

export interface TypedLine {
  /** Undefined where no argument stands: an option, its value, or a subcommand. */
  readonly place: ArgumentPlace | undefined
  /** The values of options that were typed in full, by long flag. */
  readonly options: ReadonlyMap<string, string>
}

/**
 * Which argument the last word of a command line is.
 *
 * @param program - with the verb that the words name
 * @param words - without the program's name
 */
export function readTypedLine(program: VerbEntry, words: readonly string[]): TypedLine {
  const options = new Map<string, string>()
  const before: string[] = []
  let entry = program
  let onlyArguments = false
  const current = words.at(-1) ?? ''
  const rest = words.slice(0, -1)
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!onlyArguments && word.startsWith('-')) {
      onlyArguments = word === '--'
      const [flag = '', attached] = word.split(/=(.*)/s)
      const option = entry.options.find(({ short, long }) => flag === short || flag === long)
      if (option?.value === undefined) continue
      const value = attached ?? rest.shift()
      // The word to complete is the value.
      if (value === undefined) return { place: undefined, options }
      if (option.long !== undefined) options.set(option.long, value)
      continue
    }
    const child = entry.verbs.find(({ path, aliases }) => [path.at(-1), ...aliases].includes(word))
    if (child !== undefined && before.length === 0) entry = child
    else before.push(word)
  }
  const argument =
    entry.args[before.length] ??
    (entry.args.at(-1)?.variadic === true ? entry.args.at(-1) : undefined)
  if (argument === undefined || (!onlyArguments && current.startsWith('-'))) {
    return { place: undefined, options }
  }
  const verb = entry.path.slice(1).join(' ')
  return { place: { verb, argument: argument.name, before, current }, options }
}
