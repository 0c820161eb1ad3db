import { type Handler, ok } from '../http/reply.ts'
import type { ControlServices } from './routes.ts'

/**
 * `GET /health`: alive, and who answers (the command line looks for `server`). With a database in
 * trouble it is degraded, and answers 200 all the same: what watches for the status starts a server
 * anew when it is another one, which would cost the held connections and mend nothing.
 */
export function healthHandler({ core, version }: ControlServices): Handler {
  return async () => {
    await core.health.look()
    const { trouble } = core.health
    if (trouble === undefined) return ok({ status: 'ok', server: 'nle', version })
    const { kind, reason, sinceMs } = trouble
    const since = new Date(sinceMs).toISOString()
    return ok({ status: 'degraded', server: 'nle', version, trouble: kind, reason, since })
  }
}
