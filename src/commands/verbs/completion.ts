import { Argument, type Command } from 'commander'
import { VERSION } from '../../version.ts'
import { completionScript, SHELLS, type Shell } from '../help/completion-scripts.ts'
import { manPage } from '../help/man-page.ts'
import { verbTable } from '../help/verb-table.ts'
import { executablePath } from '../own-command.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import { shellWord } from '../terminal/printable.ts'

/** From source there is no command `nle` to complete. */
function noCommandYet(shell: Shell): string {
  const program = [process.execPath, process.argv[1] ?? ''].map(shellWord).join(' ')
  const made =
    shell === 'fish' ? `function nle; ${program} $argv; end` : `nle() { ${program} "$@"; }`
  return `This completes the command nle. From source there is none; to have one, put this into the file that ${shell} reads at its start:\n${made}`
}

export function registerCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print the completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ nle completion bash > ~/.local/share/bash-completion/completions/nle\n' +
        '  $ nle completion zsh > /usr/local/share/zsh/site-functions/_nle\n' +
        '  $ nle completion fish > ~/.config/fish/completions/nle.fish',
    )
    .action((shell: Shell) => {
      io.stdout.write(completionScript(verbTable(program), shell))
      if (executablePath() === undefined) note(io, noCommandYet(shell))
    })

  program
    .command('man-page', { hidden: true })
    .description('print the manual page, for packagers')
    .option('--date <date>', 'the date it bears', '')
    .action(({ date }: { date: string }) => {
      io.stdout.write(manPage(verbTable(program), VERSION, date))
    })
}
