import { endpoint } from './endpoint.ts'
import { choice, constant, list, object, of } from './schema.ts'
import { invalid, text, tooMany } from './shapes.ts'

const success = constant(true)

/** What the web page needs beside the thermostats: the rights of its browser, and the log. */
export const PAGE_ENDPOINTS = {
  getSession: endpoint('GET', '/api/session', 'open', 'server', {
    summary: 'What the caller may do',
    description: 'With a session it also sends the cookie again, once a day, so that it lasts.',
    answer: object(
      {
        needed: of('boolean', 'The server asks for a token'),
        scope: choice(['none', 'read', 'control', 'admin'], 'What the caller may do now'),
        owner: of('boolean', 'May use the endpoints for the owner'),
        by: choice(['nobody', 'token', 'session', 'socket', 'ingress'], 'What the caller showed'),
      },
      { person: of('string', 'Whom Home Assistant lets in, for `ingress`') },
    ),
  }),
  openSession: endpoint('POST', '/api/session', 'open', 'server', {
    summary: 'Exchange a token for a session cookie',
    description:
      'For browsers. The session may what the token may, and ends with it, or 180 days after it was last used. A request that changes something by a session has to come from a page of this server.',
    body: object({ token: text }),
    answer: object({ success, scope: choice(['read', 'control', 'admin']) }),
    refusals: [invalid, tooMany],
  }),
  endSession: endpoint('DELETE', '/api/session', 'open', 'server', {
    summary: 'End the session of this browser',
    answer: object({ success }),
  }),
  getLog: endpoint('GET', '/api/log', 'owner', 'server', {
    summary: 'The last lines of the log',
    description: 'Newest last, 200 at most, since the server started.',
    ownerCommand: 'journalctl -u nle',
    query: object({}, { limit: of('integer', undefined, { minimum: 1, maximum: 500 }) }),
    answer: object({ lines: list(text) }),
    refusals: [invalid],
  }),
} as const
