import { type Handler, ok } from '../http/reply.ts'

/** `GET /`: where somebody has come to who opens the port in a browser. The same for everybody. */
export function rootHandler(): Handler {
  return () =>
    ok({
      server: 'nle',
      message:
        'This is the control API of nle, for programs; docs/api.md says what it can do. GET /health tells whether it is well, GET /api/devices lists the thermostats.',
    })
}
