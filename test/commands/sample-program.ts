import { Command, Option } from 'commander'

/** A program with everything that a verb table can hold, and words that shells find difficult. */
export function sampleProgram(): Command {
  const program = new Command('nle').description('look after thermostats').version('1.2.3')
  program
    .command('serve')
    .description('run the server: it\'s "all" [of it]')
    .addOption(new Option('--port <port>', 'where to listen').env('SERVER_PORT'))
    .addOption(new Option('--log-format <format>', 'how to log').choices(['text', 'json']))
    .option('--db <path>', 'the database')
    .option('-v, --verbose', 'say more')
    .action(() => {})
  program
    .command('pair')
    .argument('[code]', 'what the screen shows')
    .action(() => {})
  program
    .command('load')
    .argument('<file>', 'what to load')
    .option('--port <port>', 'from where')
    .action(() => {})
  const service = program.command('service').alias('svc').description('run it as a service')
  service.command('install').description('write the unit').option('-y, --yes', 'do not ask')
  service.command('status').description('wait … at 20 °C')
  program.command('secret', { hidden: true })
  return program
}
