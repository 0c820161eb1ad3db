import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

const OTHER = '02AA01AC12345679'

t.test('rename: the name counts everywhere at once, and the thermostat gets it', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  const ran = await nle(['rename', 'kit', 'Hallway upstairs', ...server])
  t.match(ran, { exitCode: 0, stdout: 'Kitchen is called Hallway upstairs now.\n' })
  await thermostat.waitFor(
    'its new name',
    (each) => each.value('shared').name === 'Hallway upstairs',
  )
  t.match((await nle(['devices', ...server])).stdout, /Hallway upstairs +02AA/)
  t.match((await nle(['status', 'hallway', ...server])).stdout, /^Hallway upstairs/)
  await home.stop()
  const onFile = await nle(['devices', '--db', home.databasePath])
  t.match(onFile.stdout, /Hallway upstairs +02AA/, 'after the server has stopped, too')
})

t.test('rename: an empty name takes it back', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  await nle(['rename', SERIAL, 'Two', 'words', ...server])
  const ran = await nle(['rename', 'two words', '', '--json', ...server])
  t.match(JSON.parse(ran.stdout), { serial: SERIAL, name: 'Kitchen', before: 'Two words' })
  await thermostat.waitFor('its own name', (each) => each.value('shared').name === 'Kitchen')
  t.match(await nle(['rename', 'kitchen', '', ...server]), {
    exitCode: 2,
    stderr: /no name was given here/,
  })
})

t.test('rename: refuses the name of another thermostat, and "all"', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  await home.paired({ name: 'Den', serial: OTHER })
  const server = ['--server', home.server.controlUrl]
  for (const name of ['kitchen', SERIAL]) {
    t.match(await nle(['rename', 'den', name, ...server]), {
      exitCode: 2,
      stderr: new RegExp(`is the thermostat ${SERIAL} already.*Choose another`),
    })
  }
  t.match(await nle(['rename', 'den', 'All', ...server]), {
    exitCode: 2,
    stderr: /stands for every thermostat/,
  })
  t.match(await nle(['rename', 'den', 'DEN', ...server]), { exitCode: 0 }, 'its own name is free')
})
