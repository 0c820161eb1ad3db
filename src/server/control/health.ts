import { type Handler, ok } from '../http/reply.ts'
import type { ControlServices } from './routes.ts'

/** `GET /health`: alive, and who answers (the command line looks for `server`). */
export function healthHandler({ version }: ControlServices): Handler {
  return () => ok({ status: 'ok', server: 'nle', version })
}
