import t from 'tap'
import { startHome } from '../helpers/home.ts'
import { BARE_COMMAND } from './bare-command.ts'
import { nle } from './shell.ts'

/**
 * Typical mistakes on the command line, in a home with the thermostats Hallway, Attic and Attic office. Each
 * answer names what was wrong and says what to type instead.
 */
const MISTAKES: readonly (readonly [line: string, wrong: RegExp, instead: RegExp])[] = [
  // A temperature that is none, or a step in its place.
  ['set hallway 2', /4\.5 to 32 °C .*not "2"/, /nle set hallway warmer 2\./],
  ['set hallway 0', /4\.5 to 32 °C .*not "0"/, /nle set hallway off\./],
  ['set hallway +1', /not "\+1"/, /nle set hallway warmer 1\./],
  ['set hallway -1', /not "-1"/, /nle set hallway cooler 1\./],
  ['set hallway --1', /not "--1"/, /nle set hallway cooler 1\./],
  ['set hallway -0.5', /not "-0\.5"/, /nle set hallway cooler 0\.5\./],
  ['set "attic office" +1', /not "\+1"/, /nle set "attic office" warmer 1\./],
  ['set hallway temperature 2', /not "2"/, /warmer 2/],
  ['set hallway temp +2', /not "\+2"/, /warmer 2/],
  ['set hallway +21', /not "\+21"/, /without the sign/],
  ['set hallway -21C', /not "-21C"/, /without the sign/],
  ['set hallway 33', /not "33"/, /4\.5 to 32 °C \(40\.1 to 89\.6 °F\)/],
  ['set hallway 70', /70 °C is too hot/, /write 70F/],
  ['set hallway 21K', /not "21K"/, /21\.5, 21C or 70F/],
  ['set hallway 19-24', /not "19-24"/, /low 19 high 24/],
  ['set hallway 19 24', /several temperatures/, /low 19 high 24/],
  ['set hallway 70 F', /"F" is nothing/, /as one word, such as 70F/],
  ['set hallway low 3', /low goes from 4\.5.*not "3"/, /to 32 °C/],
  ['set hallway low +1', /not "\+1"/, /4\.5 to 32 °C/],
  ['set hallway eco-low 30', /not "30"/, /eco-low goes from 4\.5 to 21 °C/],
  // Steps.
  ['set hallway warmer', /"warmer" needs a value/, /nle help set/],
  ['set hallway warmer 6', /not "6"/, /0\.1 to 5, such as "warmer 0\.5"/],
  ['set hallway cooler -1', /not "-1"/, /such as "cooler 0\.5"/],
  ['set hallway 21 warmer 1', /several temperatures/, /"21" or "warmer 1"/],
  ['set hallway by 1 warmer', /"by" is nothing/, /Write: nle set hallway/],
  ['set attic warmer 1', /Attic is off/, /Give it a mode first, such as "heat"/],
  ['set "attic office" warmer 1', /Attic office is in eco/, /End eco first \("home"\)/],
  // What is to be set.
  ['set hallway', /needs <what>/, /21\.5, heat, off, home/],
  ['set hallway on', /"on" is nothing/, /heat, cool or heat-cool/],
  ['set hallway auto', /"auto" is nothing/, /"heat-cool", or "fan auto"/],
  ['set hallway to 21', /"to" is nothing/, /nle set hallway 21\./],
  ['set hallway temprature 21', /"temprature" is nothing/, /Did you mean temperature\?/],
  ['set hallway haet', /"haet" is nothing/, /Did you mean heat\?/],
  ['set hallway humidity 40', /"humidity" is nothing/, /setting target_humidity=40/],
  ['set hallway target_humidity=40', /is nothing/, /hallway setting target_humidity=40/],
  ['set hallway setting target_humidty=40', /target_humidty is not a setting/, /target_humidity\?/],
  ['set hallway setting humidity=40', /humidity is not a setting/, /did you mean target_humidity/],
  ['set hallway setting foo=1', /foo is not a setting/, /"nle help set" lists/],
  ['set hallway setting target_humidity', /not "target_humidity"/, /key=value/],
  ['set hallway setting target_humidity=wet', /not "wet"/, /is a number/],
  ['set hallway mode eco', /not "eco"/, /"eco on"/],
  ['set hallway mode warm', /not "warm"/, /off, heat, cool, heat-cool, emergency/],
  ['set hallway away perhaps', /not "perhaps"/, /on or off/],
  ['set hallway fan 45', /not "45"/, /such as 45m or 2h/],
  ['set hallway fan 13h', /not "13h"/, /up to 12 hours/],
  ['set hallway 21 --timeout soon', /"soon"/, /whole number of seconds/],
  ['set hallway 21 --now', /option '--now'/, /nle help set/],
  [
    'set hallway setting target_humidity=99 fan on',
    /target_humidity=99 was not set: .*10 to 80/,
    /Not sent: fan on/,
  ],
  // Which thermostat.
  ['set 21', /Say for which thermostat/, /nle set <device> 21/],
  ['set', /needs <device>/, /name, beginning of the name, serial/],
  ['set hallwy 21', /no thermostat "hallwy"/, /Did you mean Hallway\?/],
  ['set cellar 21', /no thermostat "cellar"/, /There is Hallway \(.*Attic/],
  ['set att 21', /"att" could be 2 thermostats/, /Write more of the name/],
  ['status att', /"att" could be 2 thermostats/, /Write more of the name/],
  ['status hallwy', /no thermostat "hallwy"/, /Did you mean Hallway\?/],
  ['schedule show all', /"all" stands for every thermostat/, /takes one: Hallway/],
  ['schedule clear all', /"all" stands for every thermostat/, /takes one: Hallway/],
  ['unpair all --yes', /"all" stands for every thermostat/, /takes one: Hallway/],
  // Names.
  ['rename hallway', /needs <name>/, /"" takes it back/],
  ['rename hallway all', /cannot be "all"/, /choose another/],
  ['rename hallway attic', /"attic" is the thermostat/, /Choose another, such as "attic 2"/],
  [`rename hallway ${'x'.repeat(70)}`, /not 70/, /at most 64 characters/],
  ['rename hallway ""', /no name was given here/, /nothing to take back|taken back/],
  // The week.
  ['schedule set hallway', /needs <days-or-file/, /mon-fri 06:30 21; or a file/],
  ['schedule set hallway mon', /Say the time/, /schedule set hallway mon-fri 06:30 21\./],
  ['schedule set hallway 06:30 21', /Say on which days/, /set hallway mon-fri 06:30 21\./],
  ['schedule set hallway mon 06:30', /06:30 has no temperature/, /hallway mon 06:30 21\./],
  ['schedule set hallway moon 06:30 21', /"moon" is not a day/, /write monday, tue/],
  ['schedule set hallway mon 0630 21', /"0630" is not a time/, /write "06:30"/],
  ['schedule set hallway mon 24:30 21', /"24:30" is not a time/, /write "06:30"/],
  ['schedule set hallway mon 06:30 2', /"2" is too cold/, /4\.5 to 32 °C \(40\.1 to 89\.6 °F\)/],
  ['schedule set hallway mon 06:30 70', /"70" °C is too hot/, /write "70F"/],
  ['schedule set hallway mon 06:30 +1', /"\+1" has a sign/, /the temperature itself/],
  ['schedule set hallway mon 06:30 -1', /"-1" has a sign/, /the temperature itself/],
  ['schedule set hallway mon 06:30 -1C', /has no sign/, /such as 21/],
  ['schedule set hallway mon 06:30 warm', /"warm" is not a temp/, /write 21, "21C"/],
  [
    'schedule set hallway mon 06:30 19-24',
    /"19-24" is a range/,
    /or make the whole schedule heat-cool with "nle schedule edit"/,
  ],
  ['schedule set hallway mon 06:30 20 06:30 21', /06:30 is there twice/, /one temperature/],
  ['schedule set hallway week.txt', /no file week\.txt/, /week\.txt/],
  ['schedule remove hallway mon', /needs <times/, /06:30/],
  ['schedule remove hallway mon 06:30', /no setpoint at 06:30 on Monday/, /has 07:00 20, 22:00 17/],
  ['schedule copy hallway mon,tue wed', /One day is copied/, /"mon tue-fri"/],
  ['schedule copy hallway mon', /needs <days/, /mon-fri, weekend or all/],
  ['schedule clear hallway', /no terminal to ask on/, /Add --yes/],
  // The command itself.
  ['ste hallway 21', /Unknown command 'ste'/, /Did you mean (set|one of)/],
  ['mqtt show', /"nle mqtt" has no show/, /There is status, set, off\./],
  ['token foo', /"nle token" has no foo/, /There is create, list, revoke\./],
  ['token lst', /"nle token" has no lst/, /Did you mean list\?/],
  ['stat hallway', /Unknown command 'stat'/, /Did you mean|nle --help/],
]

/** Words as a shell splits them, with double quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

t.test('a typical mistake is answered with what was wrong and what to type instead', async (t) => {
  t.ok(MISTAKES.length >= 50)
  const home = await startHome(t)
  await home.paired({ name: 'Hallway' })
  await home.paired({ name: 'Attic', serial: '02AA01AC12345679' })
  await home.paired({ name: 'Attic office', serial: '02AA01AC1234567A' })
  const run = (line: string, ownCommand?: string) =>
    nle([...wordsOf(line), '--server', home.server.controlUrl], {
      ...(ownCommand === undefined ? {} : { ownCommand }),
      nowMs: () => home.clock.now().wallMs,
      onSleep: (ms) => home.clock.advance(ms),
    })
  t.equal((await run('set attic off')).exitCode, 0)
  t.equal((await run('set "attic office" away')).exitCode, 0)
  const changes = (await home.ask('GET', '/api/changes')).body.changes as unknown[]
  for (const [line, wrong, instead] of MISTAKES) {
    const { exitCode, stdout, stderr } = await run(line)
    t.not(exitCode, 0, line)
    t.equal(stdout, '', line)
    t.match(stderr, wrong, line)
    t.match(stderr, instead, line)
  }
  for (const [line] of MISTAKES) {
    const said = (await run(line, 'npm run nle --')).stderr
    t.notMatch(said, BARE_COMMAND, `${line}, from source`)
  }
  const after = (await home.ask('GET', '/api/changes')).body.changes as unknown[]
  t.equal(after.length, changes.length, 'none of them was carried out')
})
