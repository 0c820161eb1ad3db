import type { Command, CommanderError } from 'commander'
import { NleError } from '../errors.ts'
import { closest } from '../protocol/closest.ts'

/** Commander's code after it has shown the help because no verb was named. */
const HELP_SHOWN = 'commander.help'

/** What is wrong with a command line, in one sentence, and which help to read. */
export function usageError(
  { message, code }: CommanderError,
  program: Command,
  args: readonly string[],
): NleError {
  const { verb, path } = walk(program, args)
  if (code === HELP_SHOWN) return refused('The command is not complete.', path)
  const unknown = UNKNOWN.exec(message)?.slice(1).find(Boolean)
  if (unknown !== undefined && verb.commands.length > 0) return unknownCommand(unknown, verb, path)
  const lacking = /^error: missing required argument '(.+)'/.exec(message)?.[1]
  const argument = verb.registeredArguments.find((each) => each.name() === lacking)
  if (argument !== undefined) {
    const { description } = argument
    return refused(
      `"nle ${path.join(' ')}" needs <${lacking}>${description === '' ? '' : `: ${description}`}.`,
      path,
    )
  }
  const [what = '', meant] = message.replace(/^error: /, '').split('\n')
  return refused(
    `${capital(what.replace(/\.$/, ''))}.${meant === undefined ? '' : ` ${plain(meant)}`}`,
    path,
  )
}

/** A word in the place of a subcommand; where one is the default, it is that one's first argument too many. */
const UNKNOWN =
  /^error: (?:unknown command '(.+?)'|too many arguments for '.+'\. Expected 0 arguments but got \d+: ([^,]+)\.$)/

/** Names the subcommands; at the top there are too many to name. */
function unknownCommand(word: string, verb: Command, path: readonly string[]): NleError {
  const names = verb
    .createHelp()
    .visibleCommands(verb)
    .map((each) => each.name())
    .filter((name) => name !== 'help')
  const meant = closest(word, names)
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return path.length === 0
    ? refused(`Unknown command '${word}'.${hint}`, path)
    : refused(`"nle ${path.join(' ')}" has no ${word}. There is ${names.join(', ')}.${hint}`, path)
}

/** Whether the help was shown instead of an error. */
export function hasShownHelp({ code }: CommanderError): boolean {
  return code === HELP_SHOWN
}

/**
 * The verb whose help `nle help …` asks for.
 *
 * @throws NleError `invalid` for words that are no verb
 */
export function helpTopic(program: Command, words: readonly string[]): Command {
  const { verb, path, rest } = walk(program, words)
  const [unknown] = rest
  if (unknown === undefined || unknown === 'help' || verb.commands.length === 0) return verb
  throw unknownCommand(unknown, verb, path)
}

/** Follows the words of a command line down the tree of verbs, as far as they are verbs. */
function walk(program: Command, args: readonly string[]) {
  const words = args.filter((arg) => !arg.startsWith('-'))
  const path: string[] = []
  let verb = program
  for (const word of words) {
    const next = verb.commands.find((each) => each.name() === word)
    if (next === undefined) break
    verb = next
    path.push(word)
  }
  return { verb, path, rest: words.slice(path.length) }
}

function refused(what: string, path: readonly string[]): NleError {
  const help =
    path.length === 0 ? '"nle --help" lists what there is' : `See "nle help ${path.join(' ')}"`
  return new NleError('invalid', `${what} ${help}.`)
}

/** `(Did you mean pair?)` without its brackets. */
function plain(hint: string): string {
  return hint.replace(/^\((.*)\)$/, '$1')
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
