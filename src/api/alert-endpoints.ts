import { NOTICE_KINDS } from '../protocol/notify/notice.ts'
import { endpoint } from './endpoint.ts'
import { choice, constant, list, object, of } from './schema.ts'
import { invalid, refusal, text, tooMany } from './shapes.ts'

const id = of('string', 'As the list has it.')
const success = constant(true)
const events = list(choice(NOTICE_KINDS), { description: 'What it is told of.' })
const quietTime = 'Server’s time of day in which it is told nothing, such as 22:00-07:00'
const noReceiver = refusal(404, 'There is no such receiver.')

/** What tells an operator how things are: metrics and notifications. */
export const ALERT_ENDPOINTS = {
  getMetrics: endpoint('GET', '/metrics', 'read', 'server', {
    summary: 'Metrics for Prometheus',
    description: 'Of thermostats, only those that are paired.',
    answer: text,
    answerDescription: 'The text format of Prometheus.',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    refusals: [tooMany],
  }),
  listNotifications: endpoint('GET', '/api/notifications', 'read', 'server', {
    summary: 'Who is told when something is wrong, without addresses and secrets',
    answer: object({
      receivers: list(
        object({
          id: text,
          name: text,
          type: choice(['webhook', 'ntfy']),
          to: of('string', 'The server of its address; the rest may be a secret.'),
          events,
          quiet: of(['string', 'null'], quietTime),
          waiting: of('integer', 'Notifications that are to be sent.'),
          last_sent_at: of(['string', 'null'], 'ISO 8601; since the start of the server.'),
          last_error: of(['string', 'null'], 'Why the last attempt failed.'),
        }),
      ),
      time_zone: of('string', 'That of the quiet times.'),
    }),
  }),
  addNotification: endpoint('POST', '/api/notifications', 'owner', 'server', {
    summary: 'Tell a webhook or an ntfy topic when something is wrong',
    ownerCommand: 'nle notify add …',
    body: object(
      { url: of('string', 'http or https; of ntfy, that of the topic.') },
      {
        type: of('string', 'webhook or ntfy.', { default: 'webhook' }),
        name: text,
        secret: of('string', 'What a webhook is signed with; or the access token of ntfy.'),
        events,
        quiet: of('string', quietTime),
      },
    ),
    answer: object(
      { success, id: text, name: text },
      { secret: of('string', 'What was made for a webhook; it is not shown again.') },
    ),
    refusals: [invalid],
  }),
  removeNotification: endpoint('DELETE', '/api/notifications/:id', 'owner', 'server', {
    summary: 'Tell a receiver nothing more',
    ownerCommand: 'nle notify remove …',
    params: object({ id }),
    answer: object({ success, id: text, name: text }),
    refusals: [noReceiver],
  }),
  testNotification: endpoint('POST', '/api/notifications/:id/test', 'owner', 'server', {
    summary: 'Send a receiver a test, now',
    ownerCommand: 'nle notify test …',
    params: object({ id }),
    answer: object({ success, id: text, name: text, status: of('integer', 'What it answered.') }),
    refusals: [noReceiver, refusal(502, 'It cannot be reached, or refuses; the message says why.')],
  }),
} as const
