import { endpoint } from './endpoint.ts'
import { choice, constant, list, object, of } from './schema.ts'
import { invalid, notFound, serial, text, time, tooMany } from './shapes.ts'

const success = constant(true)
const tokenScope = choice(
  ['read', 'control', 'admin'],
  'read; control: commands and pairing, too; admin: everything',
)
const tokenFields = {
  id: of('string', 'Tells it apart; it is no secret'),
  name: text,
  scope: tokenScope,
  created_at: time,
  expires_at: of(['string', 'null'], 'ISO 8601; null: never'),
}
const revision = {
  object_revision: of('integer'),
  object_timestamp: of('number', 'Ms since epoch'),
}
const textOrNull = of(['string', 'null'])
const level = choice(
  ['ok', 'note', 'warning', 'problem'],
  'A note is worth knowing, a warning needs a look, a problem keeps nle from working.',
)

/** How the owner looks after the server: what the commands of its machine do, for any machine. */
export const OWNER_ENDPOINTS = {
  getBackup: endpoint('GET', '/api/backup', 'owner', 'server', {
    summary: 'The whole database as of one instant, in one file',
    description:
      'One at a time. The copy that is sent needs room beside the database meanwhile. "nle restore" takes the file.',
    query: object({}, { history: choice(['0', '1'], '0 leaves out what thermostats did') }),
    ownerCommand: 'nle backup <file>',
    contentType: 'application/vnd.sqlite3',
    answer: of('string', 'An SQLite database'),
    answerDescription: 'A file, named in Content-Disposition.',
    refusals: [tooMany],
  }),
  listTokens: endpoint('GET', '/api/tokens', 'owner', 'server', {
    summary: 'The tokens, without themselves; oldest first',
    ownerCommand: 'nle token list',
    answer: object({
      tokens: list(
        object({
          ...tokenFields,
          last_used_at: of(['string', 'null'], 'ISO 8601; null: not since the server was started'),
        }),
      ),
    }),
  }),
  createToken: endpoint('POST', '/api/tokens', 'owner', 'server', {
    summary: 'Make a token; it is shown once',
    description: 'It counts at once. While there is one, every request needs one.',
    ownerCommand: 'nle token create …',
    body: object(
      { name: of('string', '1 to 64 characters, which no other token has'), scope: tokenScope },
      { expires_at: of(['string', 'null'], 'ISO 8601, in the future; null or missing: never') },
    ),
    answer: object({ success, token: text, ...tokenFields }),
    refusals: [invalid],
  }),
  revokeToken: endpoint('DELETE', '/api/tokens/:name', 'owner', 'server', {
    summary: 'End a token, now',
    ownerCommand: 'nle token revoke …',
    params: object({ name: of('string', 'Its name or its id') }),
    answer: object({
      success,
      ...tokenFields,
      left: of('integer', 'Tokens; without one, requests need none'),
    }),
    refusals: [notFound],
  }),
  getDoctor: endpoint('GET', '/api/doctor', 'owner', 'server', {
    summary: 'What goes wrong in practice, and how to mend it',
    ownerCommand: 'nle doctor',
    answer: object({
      findings: list(
        object({
          level,
          title: of('string', 'What was checked'),
          text: of('string', 'For people'),
          todo: of(['string', 'null'], 'How to mend it, for people'),
        }),
      ),
    }),
  }),
  getSettings: endpoint('GET', '/api/settings', 'admin', 'server', {
    summary: 'The settings in force and where they came from; secrets are masked',
    answer: object({
      settings: list(
        object({
          name: of('string', 'Of the setting'),
          env: of('string', 'Its environment variable'),
          flag: of(['string', 'null'], 'Its flag of nle serve'),
          value: textOrNull,
          source: choice(['flag', 'environment', 'file', 'default']),
          secret: of('boolean', 'The value is a mask'),
        }),
      ),
      database: of('string', 'Path on the machine of the server'),
      file: of(['string', 'null'], 'The .env file that was read, or the options of the add-on'),
      remarks: list(object({ level: choice(['note', 'warning']), message: text }, { mend: text }), {
        description: 'About the origin that was typed',
      }),
    }),
  }),
  listBuckets: endpoint('GET', '/api/buckets', 'owner', 'server', {
    summary: 'What is on file of one thermostat or of all, without the values',
    ownerCommand: 'nle buckets',
    query: object({}, { serial }),
    answer: object({
      buckets: list(
        object({
          serial,
          object_key: text,
          ...revision,
          size: of('integer', 'Bytes of its value'),
        }),
      ),
      total: of('integer'),
    }),
    refusals: [notFound, tooMany],
  }),
  getBucket: endpoint('GET', '/api/bucket', 'owner', 'server', {
    summary: 'One bucket of a thermostat with its value',
    ownerCommand: 'nle buckets <device> <object-key>',
    query: object(
      { serial, object_key: of('string', 'Or its type alone, where there is one of that type') },
      { reveal: choice(['0', '1'], '1: with passwords, keys and tokens') },
    ),
    answer: object({
      serial,
      object_key: text,
      ...revision,
      value: of('object'),
      hidden: of('boolean', 'Secrets in the value are masked'),
    }),
    refusals: [invalid, notFound],
  }),
} as const
