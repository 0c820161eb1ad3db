import type { ServerResponse } from 'node:http'
import { NleError } from '../../../errors.ts'
import { type Request, TAKEN, type Taken, writeHead } from '../../http/reply.ts'
import type { Route } from '../../http/router.ts'
import { encodingFor, hasVersion } from './negotiation.ts'
import type { PageFile, PageFiles } from './page-files.ts'

/** Files of this name never change: it has their hash. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/**
 * What the page may load: only what this server has, and no script or style within the page itself. Cross-
 * Origin-Opener-Policy is left out, because browsers complain about it where the page is not served by TLS.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
]

/** In which pages it may be a frame, as newer and older browsers read it. */
const FRAMES = {
  none: { ancestors: "'none'", options: 'DENY' },
  own: { ancestors: "'self'", options: 'SAMEORIGIN' },
} as const

/** Sends the page itself. Only Home Assistant may show it in a frame. */
export async function sendPage(
  request: Request,
  response: ServerResponse,
  files: PageFiles,
): Promise<Taken> {
  const { version, ...file } = await files.page()
  const etag = `W/"${version}"`
  const { ancestors, options } = FRAMES[request.credential === 'ingress' ? 'own' : 'none']
  const headers = {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': [...POLICY, `frame-ancestors ${ancestors}`].join('; '),
    'X-Frame-Options': options,
    ETag: etag,
    // The answer to a program is another one, and proxies may keep this one.
    Vary: 'Accept, Accept-Encoding, Origin',
  }
  if (hasVersion(request.raw.headers['if-none-match'], etag)) {
    writeHead(response, 304, headers)
    response.end()
  } else {
    sendFile(request, response, file, headers)
  }
  return TAKEN
}

/** `GET /web/…`: the scripts, styles and pictures of the page. Open, because browsers ask before any token. */
export function pageRoutes(files: PageFiles): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/web/:name',
      handler: async (request, response): Promise<Taken> => {
        const { name = '' } = request.params
        const file = await files.file(name)
        if (file === undefined || name === 'index.html') {
          throw new NleError(
            'not_found',
            `The web page has no file ${name.slice(0, 64)}. It is perhaps of an earlier version: load the page again.`,
          )
        }
        sendFile(request, response, file, {
          'Cache-Control': FOR_EVER,
          Vary: 'Accept-Encoding, Origin',
        })
        return TAKEN
      },
    },
  ]
}

function sendFile(
  { raw }: Request,
  response: ServerResponse,
  { type, bytes, br, gz }: PageFile,
  headers: Readonly<Record<string, string>>,
): void {
  const encoding = encodingFor(raw.headers['accept-encoding'])
  const compressed = encoding === 'br' ? br : encoding === 'gzip' ? gz : undefined
  const sent = compressed ?? bytes
  writeHead(response, 200, {
    'Content-Type': type,
    'Content-Length': sent.length,
    ...(compressed === undefined ? {} : { 'Content-Encoding': encoding ?? '' }),
    ...headers,
  })
  response.end(sent)
}
