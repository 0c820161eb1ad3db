/** Shell completions, as pure functions of the verb table; each returns the script's text. */
import { type ArgumentEntry, flatten, type OptionEntry, type VerbEntry } from './verb-table.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/**
 * The script that makes a shell complete the program's verbs, options and their values. Arguments that depend on
 * the home or on the words before are asked of the program (`nle __complete`), whose answer is data for the script
 * and never part of a command: names of thermostats come from strangers.
 */
export function completionScript(program: VerbEntry, shell: Shell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program)
}

/** Every spelling of a verb: its name and its aliases. */
function spellings(entry: VerbEntry): string[] {
  return [entry.path.at(-1) ?? '', ...entry.aliases]
}

function flagWords(option: OptionEntry): string[] {
  return [option.short, option.long].filter((word) => word !== undefined)
}

/** Every spelling of every option with a value, after the verb: `nle serve --port`. */
function optionsWithValue(program: VerbEntry): string[] {
  return flatten(program).flatMap((entry) =>
    entry.options
      .filter(({ value }) => value !== undefined)
      .flatMap(flagWords)
      .map((word) => `${entry.path.join(' ')} ${word}`),
  )
}

/** The arguments for which something is offered, each with how many stand before it. */
function offeredArguments(entry: VerbEntry) {
  return entry.args
    .map((argument, index) => ({ ...argument, index }))
    .filter(({ choices, takesFile, asks }) => choices.length > 0 || takesFile || asks)
}

function bashScript(program: VerbEntry): string {
  const name = program.path.join(' ')
  const descend: string[] = []
  const values: string[] = []
  const words: string[] = []
  const places: string[] = []
  for (const entry of flatten(program)) {
    const at = entry.path.join(' ')
    for (const child of entry.verbs) {
      const from = spellings(child).map((word) => single(`${at} ${word}`))
      descend.push(`      ${from.join(' | ')}) at=${single(child.path.join(' '))} ;;`)
    }
    for (const option of entry.options) {
      if (option.value === undefined) continue
      const from = flagWords(option).map((word) => single(`${at} ${word}`))
      const reply = option.takesFile
        ? '_FN_files'
        : option.choices.length > 0
          ? `_FN_offer ${option.choices.map(single).join(' ')}`
          : ':'
      values.push(`    ${from.join(' | ')}) ${reply}; return ;;`)
    }
    const verbs = entry.verbs.map((child) => single(child.path.at(-1) ?? ''))
    const options = entry.options.map((option) => single(option.long ?? option.short ?? ''))
    words.push(`    ${single(at)}) verbs=(${verbs.join(' ')}) options=(${options.join(' ')}) ;;`)
    for (const { index, variadic, choices, takesFile, asks } of offeredArguments(entry)) {
      const count = variadic ? `[${index}-9]*` : `${index}`
      const replies = [
        ...(takesFile ? ['_FN_files'] : []),
        ...(choices.length > 0 ? [`_FN_offer ${choices.map(single).join(' ')}`] : []),
        ...(asks ? ['_FN_ask'] : []),
      ]
      places.push(`    ${single(`${at} `)}${count}) ${replies.join('; ')} ;;`)
    }
  }
  const skipped = optionsWithValue(program).map(single).join(' | ')
  return `# bash completion for ${name}; made by "${name} completion bash".

# Splits the line up to the cursor as the shell does, and runs nothing in it: $typed has the words, $current is the
# last one without quotes, $quote the quote that is still open, and $raw the last word as it was typed.
_FN_split() {
  local line=\${COMP_LINE:0:COMP_POINT} i char started=''
  typed=() current='' raw='' quote=''
  for ((i = 0; i < \${#line}; i++)); do
    char=\${line:i:1}
    if [[ -z $quote && $char == [$' \\t'] ]]; then
      [[ -z $started ]] || typed+=("$current")
      current='' raw='' started=''
      continue
    fi
    started=1 raw+=$char
    if [[ $char == $'\\\\' && $quote != "'" ]]; then
      ((++i))
      raw+=\${line:i:1}
      [[ $quote != '"' || \${line:i:1} == [$'\\\\"$\`'] ]] || current+=$char
      current+=\${line:i:1}
    elif [[ -z $quote && ($char == "'" || $char == '"') || $char == "$quote" ]]; then
      [[ -n $quote ]] && quote='' || quote=$char
    else
      current+=$char
    fi
  done
}

# Offers those words that begin with what is typed, in any case, quoted for the place where they go.
_FN_offer() {
  local word text broken=\${raw%"\${raw##*[=:@]}"}
  for word; do
    [[ \${word,,} == "\${current,,}"* ]] || continue
    case $quote in
      "'") text=\${word//"'"/"'\\\\''"} ;;
      '"')
        text=\${word//$'\\\\'/$'\\\\\\\\'} text=\${text//'"'/$'\\\\"'} text=\${text//'$'/$'\\\\$'} text=\${text//'\`'/$'\\\\\`'}
        # In double quotes nothing else keeps an exclamation mark from meaning the history.
        text=\${text//'!'/"\\"'!'\\""}
        ;;
      # Among files readline itself quotes.
      *) [[ -n $among_files ]] && text=$word || printf -v text %q "$word" ;;
    esac
    # readline closes the quote, except after a word that ends with one.
    [[ -z $quote || $text != *"$quote" ]] || text+=$quote
    # readline replaces the text after the last of these signs only.
    [[ -n $quote || -z $broken ]] || text=\${text:\${#broken}}
    [[ $word != *= ]] || compopt -o nospace
    COMPREPLY+=("$text")
  done
}

_FN_files() {
  compopt -o filenames
  among_files=1
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

# Asks the program for the words of an argument; each line has a word, a tab, and what it stands for.
_FN_ask() {
  local lines
  mapfile -t lines < <(NAME __complete -- "\${typed[@]:1}" "$current" 2>/dev/null </dev/null)
  _FN_offer "\${lines[@]%%$'\\t'*}"
}

_FN() {
  local typed current raw quote at=${single(name)} verbs=() options=() among_files='' i count=0 previous=''
  COMPREPLY=()
  _FN_split
  for ((i = 1; i < \${#typed[@]}; i++)); do
    previous=''
    case "$at \${typed[i]}" in
${descend.join('\n')}
      ${skipped})
        previous=\${typed[i]}
        ((++i))
        ;;
      "$at "-*) ;;
      *) ((++count)) ;;
    esac
  done
  # The value of an option: after it, or after its "=".
  ((i > \${#typed[@]})) || previous=''
  if [[ $current == --*=* ]]; then
    previous=\${current%%=*} current=\${current#*=} raw=\${raw#*=}
  fi
  case "$at $previous" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $current != -* ]]; then
    _FN_offer "\${verbs[@]}"
    case "$at $count" in
${places.join('\n')}
    esac
  fi
  # Options where one is begun, or where there is nothing else.
  ((\${#COMPREPLY[@]})) || _FN_offer "\${options[@]}"
}
complete -F _FN ${name}
`
    .replaceAll('_FN', `_${name}`)
    .replaceAll('NAME', name)
}

function zshScript(program: VerbEntry): string {
  const name = program.path[0] ?? ''
  const functions = flatten(program).map((entry) => {
    const specs = [
      ...entry.options.map(zshOption),
      ...(entry.verbs.length > 0
        ? [`'1: :->command'`, `'*:: :->rest'`]
        : entry.args.map((argument, index) => {
            const position = argument.variadic ? '*' : `${index + 1}`
            const action = zshAction(name, argument)
            return single(`${position}:${zshText(argument.name)}:${action}`)
          })),
    ]
    const isTop = entry === program
    const lines = [`${zshFunction(entry)}() {`]
    if (isTop) {
      lines.push(
        '  # The words as the shell would pass them: the functions below see only their own part.',
        `  local -a ${name}_typed=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")`,
      )
    }
    if (entry.verbs.length === 0) {
      lines.push(`  _arguments -s ${specs.join(' \\\n    ')}`)
    } else {
      const described = entry.verbs.map((child) =>
        single(`${child.path.at(-1)}:${zshText(child.summary)}`),
      )
      lines.push(
        '  local curcontext="$curcontext" state line',
        `  local -a commands=(\n    ${described.join('\n    ')}\n  )`,
        `  _arguments -C -s ${specs.join(' \\\n    ')}`,
        '  case $state in',
        '    command) _describe -t commands command commands ;;',
        '    rest)',
        '      case $line[1] in',
        ...entry.verbs.map(
          (child) => `        ${spellings(child).map(single).join('|')}) ${zshFunction(child)} ;;`,
        ),
        '      esac ;;',
        '  esac',
      )
    }
    return [...lines, '}'].join('\n')
  })
  return `#compdef ${name}
# zsh completion for ${name}; made by "${name} completion zsh".

# Asks the program for the words of an argument; each line has a word, a tab, and what it stands for.
_${name}__ask() {
  local line
  local -a found shown open open_shown
  for line in "\${(@f)$(${name} __complete -- "\${${name}_typed[@]}" 2>/dev/null </dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ $line == *=($|$'\\t'*) ]]; then
      open+=("\${line%%$'\\t'*}") open_shown+=("\${line/$'\\t'/  -- }")
    else
      found+=("\${line%%$'\\t'*}") shown+=("\${line/$'\\t'/  -- }")
    fi
  done
  # Any case will do; compadd quotes the words for the place where they go.
  local any='m:{[:lower:][:upper:]}={[:upper:][:lower:]}'
  compadd -M "$any" -l -d shown -a found
  # A value follows at once.
  compadd -M "$any" -S '' -l -d open_shown -a open
}
${functions.join('\n')}
if [ "$funcstack[1]" = ${single(`_${name}`)} ]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

function zshFunction(entry: VerbEntry): string {
  return `_${entry.path.join('_').replaceAll('-', '_')}`
}

function zshOption(option: OptionEntry): string {
  const flags = flagWords(option).map((flag) =>
    // Then both "--port 1" and "--port=1" are understood.
    option.value !== undefined && flag.startsWith('--') ? `${flag}=` : flag,
  )
  const value =
    option.value === undefined
      ? ''
      : `:${zshText(option.value)}:${zshChoices(option.choices) ?? (option.takesFile ? '_files' : ' ')}`
  const rest = single(`[${zshText(option.summary)}]${value}`)
  if (flags.length === 1) return `${flags[0]}${rest}`
  return `${single(`(${flagWords(option).join(' ')})`)}{${flags.join(',')}}${rest}`
}

function zshAction(name: string, { choices, takesFile, asks }: ArgumentEntry): string {
  const listed = zshChoices(choices)
  if (listed !== undefined) return listed
  if (asks) return takesFile ? `{_${name}__ask; _files}` : `_${name}__ask`
  return takesFile ? '_files' : ' '
}

function zshChoices(choices: readonly string[]): string | undefined {
  return choices.length > 0 ? `(${choices.join(' ')})` : undefined
}

/** Text inside an _arguments or _describe specification. */
function zshText(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function fishScript(program: VerbEntry): string {
  const name = program.path[0] ?? ''
  const at = `__${name}_at`
  const ask = `__${name}_ask`
  const descend: string[] = []
  const lines: string[] = []
  for (const entry of flatten(program)) {
    const here = fishWord(entry.path.join(' '))
    const condition = `-n ${fishWord(`${at} ${here}`)}`
    for (const child of entry.verbs) {
      const from = spellings(child).map((word) => fishWord(`${entry.path.join(' ')} ${word}`))
      descend.push(
        `      case ${from.join(' ')}\n        set found ${fishWord(child.path.join(' '))}`,
      )
      const word = child.path.at(-1) ?? ''
      lines.push(`complete -c ${name} ${condition} -a ${word} -d ${fishWord(child.summary)}`)
    }
    for (const { index, variadic, choices, takesFile, asks } of offeredArguments(entry)) {
      const counts = variadic ? `${index} or more` : `${index}`
      const place = `complete -c ${name} -n ${fishWord(`${at} ${here} ${counts}`)}`
      if (choices.length > 0) lines.push(`${place} -a ${fishWord(choices.join(' '))}`)
      if (asks) lines.push(`${place} -a ${fishWord(`(${ask})`)}`)
      if (takesFile) lines.push(`${place} -F`)
    }
    for (const option of entry.options) {
      const parts = [`complete -c ${name} ${condition}`]
      if (option.short !== undefined) parts.push(`-s ${option.short.slice(1)}`)
      if (option.long !== undefined) parts.push(`-l ${option.long.slice(2)}`)
      if (option.choices.length > 0) parts.push(`-xa ${fishWord(option.choices.join(' '))}`)
      else if (option.takesFile) parts.push('-rF')
      else if (option.value !== undefined) parts.push('-x')
      lines.push([...parts, `-d ${fishWord(option.summary)}`].join(' '))
    }
  }
  const skipped = optionsWithValue(program).map(fishWord).join(' ')
  return `# fish completion for ${name}; made by "${name} completion fish".
function ${at} -d 'Whether the line so far leads to this command, and to the argument after so many'
  set -l found ${name}
  set -l count 0
  set -l skip no
  for word in (commandline -opc)[2..]
    if test $skip = yes
      set skip no
      continue
    end
    switch "$found $word"
${descend.join('\n')}
      case ${skipped}
        set skip yes
      case "$found -*"
      case '*'
        set count (math $count + 1)
    end
  end
  test "$found" = "$argv[1]"; or return
  set -q argv[2]; or return 0
  test $count -eq $argv[2]; or test $count -gt $argv[2] -a (count $argv) -gt 2
end
function ${ask} -d 'Asks the program for the words of an argument, each with a tab and what it stands for'
  set -l typed (commandline -opc)[2..]
  # fish itself compares what it gets with the word; only a setting needs its beginning.
  set -l current (string match -r '^[\\\\w,]*=?' -- (commandline -ct))
  ${name} __complete -- $typed "$current" 2>/dev/null </dev/null
end
complete -c ${name} -f
${lines.join('\n')}
`
}

/** A word in single quotes, for bash and zsh. */
function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** A word in single quotes, for fish, which escapes with backslashes inside them. */
function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
