import type { Test } from 'tap'
import { isObject, type JsonObject } from '../../src/protocol/bucket.ts'
import { createToken } from '../../src/server/control/guards/tokens.ts'
import { SERIAL, startHome } from '../helpers/home.ts'

/** A home as an app of the hosted service meets it, with a token in place of its API key. */
export async function hostedHome(t: Test) {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Hallway' })
  const { token } = await createToken(home.server.core.store, {
    name: 'app',
    scope: 'control',
    expiresAtMs: null,
    nowMs: 0,
  })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = (method: string, path: string, body?: unknown) =>
    home.ask(method, `/api/v1${path}`, body, headers)
  /** Posts for the thermostat; the app takes any status but 200 for a failure. */
  const post = async (what: string, body: JsonObject): Promise<void> => {
    const { status } = await ask('POST', `/thermostat/${SERIAL}/${what}`, body)
    t.equal(status, 200, `${what} ${JSON.stringify(body)}`)
  }
  /** The fields of the bucket whose key begins so. */
  const bucket = async (type: 'shared' | 'device' | 'structure'): Promise<JsonObject> => {
    const { body } = await ask('GET', `/thermostat/${SERIAL}/status`)
    const state = isObject(body.state) ? body.state : {}
    const [, found] = Object.entries(state).find(([key]) => key.startsWith(`${type}.`)) ?? []
    return isObject(found) && isObject(found.value) ? found.value : {}
  }
  return { home, thermostat, ask, post, bucket }
}
