import { Argument, type Command } from 'commander'
import { VERSION } from '../../version.ts'
import { completionScript, SHELLS, type Shell } from '../help/completion-scripts.ts'
import { manPage } from '../help/man-page.ts'
import { verbTable } from '../help/verb-table.ts'
import type { Io } from '../terminal/io.ts'

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
    })

  program
    .command('man-page', { hidden: true })
    .description('print the manual page, for packagers')
    .option('--date <date>', 'the date it bears', '')
    .action(({ date }: { date: string }) => {
      io.stdout.write(manPage(verbTable(program), VERSION, date))
    })
}
