/** Shell completions, as pure functions of the verb table; each returns the script's text. */
import { flatten, type OptionEntry, type VerbEntry } from './verb-table.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script that makes a shell complete the program's verbs, options and their values. */
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

function bashScript(program: VerbEntry): string {
  const name = program.path.join(' ')
  const descend: string[] = []
  const values: string[] = []
  const words: string[] = []
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
        ? 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")'
        : option.choices.length > 0
          ? `mapfile -t COMPREPLY < <(compgen -W ${single(option.choices.join(' '))} -- "$current")`
          : ':'
      values.push(`    ${from.join(' | ')}) ${reply}; return ;;`)
    }
    const offered = [
      ...entry.verbs.map((child) => child.path.at(-1) ?? ''),
      ...entry.args.flatMap((argument) => argument.choices),
      ...entry.options.flatMap((option) => option.long ?? option.short ?? []),
    ]
    words.push(`    ${single(at)}) words=${single(offered.join(' '))} ;;`)
  }
  const fn = `_${program.path[0]}`
  return `# bash completion for ${name}; made by "${name} completion bash".
${fn}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local at=${single(name)} words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${descend.join('\n')}
    esac
  done
  case "$at $previous" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F ${fn} ${name}
`
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
            const action = zshAction(argument.choices, argument.takesFile)
            return single(`${position}:${zshText(argument.name)}:${action}`)
          })),
    ]
    const lines = [`${zshFunction(entry)}() {`]
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
      : `:${zshText(option.value)}:${zshAction(option.choices, option.takesFile)}`
  const rest = single(`[${zshText(option.summary)}]${value}`)
  if (flags.length === 1) return `${flags[0]}${rest}`
  return `${single(`(${flagWords(option).join(' ')})`)}{${flags.join(',')}}${rest}`
}

function zshAction(choices: readonly string[], takesFile: boolean): string {
  if (choices.length > 0) return `(${choices.join(' ')})`
  return takesFile ? '_files' : ' '
}

/** Text inside an _arguments or _describe specification. */
function zshText(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function fishScript(program: VerbEntry): string {
  const name = program.path[0] ?? ''
  const at = `__${name}_at`
  const descend: string[] = []
  const lines: string[] = []
  for (const entry of flatten(program)) {
    const here = entry.path.join(' ')
    const condition = `-n ${fishWord(`${at} ${fishWord(here)}`)}`
    for (const child of entry.verbs) {
      const from = spellings(child).map((word) => fishWord(`${here} ${word}`))
      descend.push(
        `      case ${from.join(' ')}\n        set found ${fishWord(child.path.join(' '))}`,
      )
      const word = child.path.at(-1) ?? ''
      lines.push(`complete -c ${name} ${condition} -a ${word} -d ${fishWord(child.summary)}`)
    }
    for (const argument of entry.args) {
      if (argument.choices.length > 0) {
        lines.push(`complete -c ${name} ${condition} -a ${fishWord(argument.choices.join(' '))}`)
      } else if (argument.takesFile) lines.push(`complete -c ${name} ${condition} -F`)
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
  return `# fish completion for ${name}; made by "${name} completion fish".
function ${at} -d 'Whether the command line so far leads to this command'
  set -l found ${name}
  for word in (commandline -opc)[2..]
    switch "$found $word"
${descend.join('\n')}
    end
  end
  test "$found" = "$argv"
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
