import type { Command } from 'commander'
import { ERROR_CODES, NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { readBroker } from '../../protocol/mqtt/broker-config.ts'
import { settledBroker } from '../client/settled.ts'
import { mqttStatusLines } from '../format/mqtt-status.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { brokerPassword } from '../options/mqtt-password.ts'
import { readTextFile } from '../terminal/file-error.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine, printText } from '../terminal/print.ts'

interface SetOptions extends SharedOptions {
  readonly user?: string
  readonly passwordFile?: string
  readonly clientId?: string
  readonly caFile?: string
  readonly topicPrefix?: string
  readonly discoveryPrefix?: string
  readonly raw: boolean
  readonly discovery: boolean
}

export function registerMqtt(program: Command, io: Io): void {
  const mqtt = program
    .command('mqtt')
    .description('connect the server to Home Assistant through an MQTT broker')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle mqtt set 192.168.1.5 --user nle\n  $ nle mqtt status\n  $ nle mqtt off',
    )
  const statusCommand = mqtt
    .command('status', { isDefault: true })
    .description('show the broker and how it goes')
    .addHelpText('after', '\nExamples:\n  $ nle mqtt status\n  $ nle mqtt status --json')
  onServer(statusCommand, io, async (call) => {
    const client = await call.requireServer()
    show(await client.call('getMqttConfig'), call)
  })

  const setCommand = mqtt
    .command('set')
    .description('use a broker, from now on and after restarts')
    .argument('<broker>', 'host, host:port, or a URL such as mqtts://broker:8883')
    .option('-u, --user <name>', 'user at the broker; the password is asked for')
    .option(
      '--password-file <file>',
      'password in a file, "-" for standard input (env: MQTT_PASSWORD); an empty one for none',
    )
    .option('--client-id <id>', 'under which name to connect')
    .option('--ca-file <file>', 'certificates (PEM) that an mqtts broker may be signed by')
    .option('--topic-prefix <topic>', 'first part of the topics of thermostats')
    .option('--discovery-prefix <topic>', 'where Home Assistant looks for devices')
    .option('--no-raw', 'only what Home Assistant needs, not every field of a thermostat')
    .option('--no-discovery', 'nothing for Home Assistant to discover')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle mqtt set 192.168.1.5 --user nle\n  $ nle mqtt set mqtts://broker --ca-file ca.pem --user nle --password-file secret',
    )
  onServer(setCommand, io, set)

  const offCommand = mqtt
    .command('off')
    .description('forget the broker; thermostats stay as they are')
    .addHelpText('after', '\nExamples:\n  $ nle mqtt off')
  onServer(offCommand, io, off)
}

async function set(call: Invocation<SetOptions>, brokerUrl: string): Promise<number> {
  const { io, options } = call
  const body = {
    brokerUrl,
    username: options.user,
    clientId: options.clientId,
    ca: options.caFile === undefined ? undefined : readTextFile(options.caFile),
    topicPrefix: options.topicPrefix,
    discoveryPrefix: options.discoveryPrefix,
    publishRaw: options.raw,
    homeAssistantDiscovery: options.discovery,
  }
  const fields = Object.entries(body).filter(([, value]) => value !== undefined)
  const broker = Object.fromEntries(fields) as JsonObject
  checkBroker(broker)
  const client = await call.requireServer()
  const password = await brokerPassword({ user: options.user, file: options.passwordFile }, io)
  const given = password === undefined ? broker : { ...broker, password }
  const answer = await client.setMqtt(given).catch(namingOptions)
  if (answer.note !== undefined) note(io, answer.note)
  const status = await settledBroker(client, io)
  show(status, call)
  if (status.connected === true) return 0
  note(io, 'The broker is kept, and tried again and again.')
  return ERROR_CODES.unreachable.exit
}

/** The option or argument that gives each field of a broker. */
const OPTION_OF: Readonly<Record<string, string>> = {
  brokerUrl: '<broker>',
  username: '--user',
  password: '--password-file',
  clientId: '--client-id',
  ca: '--ca-file',
  topicPrefix: '--topic-prefix',
  discoveryPrefix: '--discovery-prefix',
}

/** The server's own check, with messages that name the options. */
function checkBroker(broker: JsonObject): void {
  // An empty URL would count as missing.
  const { brokerUrl = '' } = broker
  try {
    readBroker({ ...broker, brokerUrl: brokerUrl === '' ? ' ' : brokerUrl })
  } catch (cause) {
    namingOptions(cause)
  }
}

/** @throws NleError the refusal of a broker, with the option in the place of the field */
function namingOptions(cause: unknown): never {
  if (!(cause instanceof NleError)) throw cause
  const message = cause.message.replace(/^\w+(?=:| must)/, (field) => OPTION_OF[field] ?? field)
  throw new NleError(cause.code, message, { cause, details: cause.details })
}

async function off(call: Invocation): Promise<void> {
  const { io } = call
  const client = await call.requireServer()
  const answer = await client.call('removeMqttConfig')
  if (call.json) return printJson(io, answer)
  if (answer.note !== undefined) note(io, answer.note)
  printLine(
    io,
    answer.removed
      ? 'The broker is forgotten. What it retains stays there, as unavailable.'
      : 'No broker was set.',
  )
}

function show(status: JsonObject, { io, json }: Invocation): void {
  if (json) printJson(io, status)
  else printText(io, mqttStatusLines(status, chalkOf(io)), 13)
}
