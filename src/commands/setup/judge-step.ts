import { hostIn, isContainerAddress, isLoopbackHost } from '../../protocol/lan/addresses.ts'
import { type RunsAs, registerUrl, type ServerFacts, type Situation } from './situation.ts'

/** The steps of `nle setup`, in their order. Moving in comes before the service, because it needs nle stopped. */
export const SETUP_STEPS = [
  'address',
  'move-in',
  'service',
  'mqtt',
  'thermostat',
  'matter',
] as const
export type SetupStep = (typeof SETUP_STEPS)[number]

export const STEP_TITLES: Readonly<Record<SetupStep, string>> = {
  address: 'The address for thermostats',
  'move-in': 'Moving in from the existing server',
  service: 'The server on this machine',
  mqtt: 'MQTT and Home Assistant',
  thermostat: 'The first thermostat',
  matter: 'Matter: Apple Home, Google Home and Alexa',
}

export interface Judgement {
  /** `blocked`: something else has to be done before. */
  readonly state: 'done' | 'open' | 'blocked'
  readonly text: string
  /** The command that does the same, or what has to be done before; undefined where nothing is left. */
  readonly next?: string
}

/** How far a step is. */
export function judgeStep(step: SetupStep, found: Situation): Judgement {
  switch (step) {
    case 'address':
      return addressOf(found)
    case 'move-in':
      return moveInOf(found)
    case 'service':
      return serviceOf(found)
    case 'mqtt':
      return ofServer(found, ({ mqtt }) => {
        const broker = mqtt.brokerUrl ?? ''
        if (mqtt.connected) return done(`Connected to ${broker}.`)
        if (!mqtt.configured) return open('No broker is set.', 'nle mqtt set <broker>')
        const why = mqtt.lastError ? `: ${mqtt.lastError}` : ''
        return open(`${broker} is set, and not connected${why}.`, 'nle mqtt')
      })
    case 'thermostat':
      return ofServer(found, ({ paired }) =>
        paired === 0 ? open('None is paired yet.', 'nle pair') : done(`${pairedText(paired)}.`),
      )
    case 'matter':
      return ofServer(found, ({ matter: { on, running, fabrics, last_error: error } }) => {
        const apps =
          fabrics.length === 0 ? 'no app yet' : fabrics.map(({ name }) => name).join(', ')
        if (running) return done(`The bridge runs; ${apps}.`)
        if (!on) return open('It is off.', 'nle matter on')
        return open(`It is on, and does not run yet${error ? `: ${error}` : ''}.`, 'nle matter')
      })
  }
}

export function pairedText(count: number): string {
  return `${count} thermostat${count === 1 ? ' is' : 's are'} paired`
}

function addressOf(found: Situation): Judgement {
  const { origin, originIsSet, addresses, machine } = found
  const host = hostIn(origin)
  const enter = `Enter ${registerUrl(found)} at the thermostat.`
  if (isLoopbackHost(host)) {
    return open(
      'No address was found that a thermostat could reach.',
      'API_ORIGIN=http://<address>:8000 nle serve',
    )
  }
  if (originIsSet) return done(enter)
  if (machine.isContainer && isContainerAddress(host)) {
    return open(
      `${enter} That is the address of a container, which thermostats do not reach. Theirs is that of the machine, with the port that it publishes.`,
      'API_ORIGIN=http://<address>:8000 nle serve',
    )
  }
  if (found.server.state !== 'none') return done(enter)
  return addresses.length > 1
    ? open(`${enter} This machine has ${addresses.length} addresses.`)
    : done(enter)
}

function moveInOf({ server, imported, told }: Situation): Judgement {
  const next = 'nle import <database.sqlite>'
  if (imported !== undefined) {
    return done(`${imported} thermostat${imported === 1 ? ' was' : 's were'} brought over.`)
  }
  if (server.state === 'none') {
    return open(
      'Only if you run the existing self-hosted server: its thermostats stay paired.',
      next,
    )
  }
  const stop = 'A server runs, and this needs it stopped.'
  const text =
    told === undefined || told.paired === 0 ? stop : `${pairedText(told.paired)}. ${stop}`
  return { state: 'blocked', text, next }
}

const RUNS: Readonly<Record<Exclude<RunsAs, 'program'>, string>> = {
  service: 'nle runs as a service, and starts with this machine.',
  container: 'nle runs in a container. What starts the container starts nle.',
  'add-on': 'nle runs as an add-on of Home Assistant, which starts it.',
  elsewhere: 'nle runs on another machine.',
}

function serviceOf({ server, machine }: Situation): Judgement {
  const blocked = (text: string, next?: string): Judgement => ({
    state: 'blocked',
    text,
    ...(next === undefined ? {} : { next }),
  })
  if (server.state !== 'none' && server.runsAs !== 'program') {
    const trouble = server.state === 'running' ? undefined : server.why
    return trouble === undefined ? done(RUNS[server.runsAs]) : blocked(trouble)
  }
  const runs = server.state === 'none' ? 'No server runs' : 'A server runs that is no service'
  if (machine.isContainer) {
    return blocked(
      `${runs}, and this is a container. Let the container run "nle serve", and be started again when it ends ("restart: unless-stopped").`,
      'nle serve',
    )
  }
  if (!machine.hasSystemd) {
    return blocked(
      `${runs}. This machine is not run by systemd, so there is no service to install. Let whatever starts programs here run "nle serve", or use the container image.`,
      'nle serve',
    )
  }
  const install =
    machine.unit === 'package' ? 'sudo systemctl enable --now nle' : 'sudo nle service install'
  if (server.state !== 'none') {
    return blocked(
      `${runs}. If it runs in a container, what starts the container starts nle. If it was started by hand, it ends with its terminal: stop it there (Ctrl-C), and look again.`,
      install,
    )
  }
  if (!machine.isRoot) {
    return blocked(`${runs}. Only root may install a service.`, 'sudo nle setup')
  }
  if (machine.unit !== 'package' && machine.executable === undefined) {
    return blocked(
      `${runs}. nle runs from its source here, and a service needs the executable (scripts/build-binary.sh).`,
      'nle serve',
    )
  }
  return machine.unit === 'none'
    ? open(`${runs}. As a service it starts with this machine.`, install)
    : open('The service is installed, and does not run.', install)
}

function ofServer({ server, told }: Situation, judge: (told: ServerFacts) => Judgement): Judgement {
  if (told !== undefined) return judge(told)
  if (server.state === 'none') {
    return { state: 'blocked', text: 'This needs a running server.', next: 'nle serve' }
  }
  const why = server.state === 'running' ? server.trouble : server.why
  return { state: 'blocked', text: why ?? 'The server does not say.', next: 'sudo nle setup' }
}

function done(text: string): Judgement {
  return { state: 'done', text }
}

function open(text: string, next?: string): Judgement {
  return { state: 'open', text, ...(next === undefined ? {} : { next }) }
}
