import type { IncomingMessage } from 'node:http'
import { basicCredentials, identify } from '../../protocol/identity.ts'
import type { DevicePinning } from '../device-pinning.ts'
import { refuseWebPages } from './web-pages.ts'

/** A thermostat must find its server whatever it says (`E1`); nothing of it is told there. */
const OPEN_PATH = /^(\/nest)?\/(entry|ping|info)\/?$/

/**
 * Who may talk to the device listener at all. Without pinning: everybody but web pages (`I4`).
 *
 * @throws NleError `forbidden`
 */
export function deviceGuard(pinning: DevicePinning | undefined) {
  return (request: IncomingMessage): undefined => {
    refuseWebPages(request)
    if (pinning === undefined) return undefined
    const { headers, url = '' } = request
    const [path = '', query = ''] = url.split('?')
    if (OPEN_PATH.test(path)) return undefined
    const querySerial = new URLSearchParams(query).get('serial') ?? serialInPath(path)
    const serial = identify({ headers, querySerial })
    if (serial === undefined) return undefined
    const password = basicCredentials(headers.authorization)?.password
    pinning.admit({ serial, password, asksForCode: /\/passphrase\/?$/.test(path) })
    return undefined
  }
}

/** The one path that names its caller: `…/device/{serial}`. */
function serialInPath(path: string): string | undefined {
  return /\/device\/(?:device\.)?([A-Za-z0-9]+)\/?$/.exec(path)?.[1]
}
