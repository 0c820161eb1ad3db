import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { BrowserSession, Token } from '../../../store/store.ts'
import type { Core } from '../../core/core.ts'
import { schemeOf } from '../../http/forwarded.ts'
import { digest } from './tokens.ts'

const DAY_MS = 86_400_000
/** A browser that is not used for this long shows a token again. */
const LIFETIME_MS = 180 * DAY_MS
/** How much later a session would have to end before that is written. */
const PROLONGED_BY_MS = DAY_MS
/** More than the browsers that people log in with one token. */
const MAX_OF_ONE_TOKEN = 20
const ID_BYTES = 32
/** Another program of this machine can set cookies of our name: they know no ports. */
const MAX_TRIED = 4

/**
 * Browsers that have shown a token. Each has a random id in a cookie, of which the hash is on file; the token
 * itself stays nowhere in the browser.
 */
export class Sessions {
  readonly #core: Pick<Core, 'store' | 'writer' | 'clock'>

  constructor(core: Pick<Core, 'store' | 'writer' | 'clock'>) {
    this.#core = core
  }

  /** Begins a session; returns its cookie, for `Set-Cookie`. */
  async open(request: IncomingMessage, { id: tokenId }: Pick<Token, 'id'>): Promise<string> {
    const id = randomBytes(ID_BYTES).toString('base64url')
    await this.#put({ hash: hashOf(id), tokenId, expiresAtMs: this.#endMs() })
    return cookie(request, id, LIFETIME_MS)
  }

  /** The session that a request's cookie names. */
  async find({ headers }: IncomingMessage): Promise<BrowserSession | undefined> {
    for (const id of idsIn(headers.cookie, cookieName(headers.host))) {
      const session = await this.#core.store.session(hashOf(id))
      if (session !== undefined && session.expiresAtMs > this.#core.clock.now().wallMs) {
        return session
      }
    }
    return undefined
  }

  /** Lets the session of a request last, once a day; returns its cookie when the browser has to know. */
  async prolong(request: IncomingMessage): Promise<string | undefined> {
    const session = await this.find(request)
    const expiresAtMs = this.#endMs()
    if (session === undefined || expiresAtMs < session.expiresAtMs + PROLONGED_BY_MS) {
      return undefined
    }
    await this.#put({ ...session, expiresAtMs })
    const ids = idsIn(request.headers.cookie, cookieName(request.headers.host))
    const id = ids.find((each) => hashOf(each) === session.hash) ?? ''
    return cookie(request, id, LIFETIME_MS)
  }

  /** Ends the session of a request; returns the cookie that takes it from the browser. */
  async end(request: IncomingMessage): Promise<string> {
    const session = await this.find(request)
    if (session !== undefined) {
      await this.#core.writer.write((store) => store.deleteSession(session.hash))
    }
    return cookie(request, '', 0)
  }

  #put(session: BrowserSession): Promise<void> {
    const { wallMs } = this.#core.clock.now()
    return this.#core.writer.write((store) => store.putSession(session, MAX_OF_ONE_TOKEN, wallMs))
  }

  #endMs(): number {
    return Math.floor(this.#core.clock.now().wallMs) + LIFETIME_MS
  }
}

function hashOf(id: string): string {
  return digest(id).toString('hex')
}

/** With the port: several servers of one machine share their cookies. */
function cookieName(host = ''): string {
  const port = /:(\d+)$/.exec(host)?.[1]
  return port === undefined ? 'nle_session' : `nle_session_${port}`
}

function idsIn(cookies: string | undefined, name: string): string[] {
  return (cookies ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${name}=`))
    .map((each) => each.slice(name.length + 1))
    .filter((id) => /^[\w-]{43}$/.test(id))
    .slice(0, MAX_TRIED)
}

function cookie(request: IncomingMessage, id: string, lifetimeMs: number): string {
  const secure = schemeOf(request) === 'https' ? '; Secure' : ''
  return `${cookieName(request.headers.host)}=${id}; Path=/; Max-Age=${lifetimeMs / 1000}; HttpOnly; SameSite=Strict${secure}`
}
