/** A type or an encoding that a request accepts, and how much it likes it. */
interface Accepted {
  readonly name: string
  /** 0 to 1; 0 refuses. */
  readonly weight: number
}

/**
 * Whether a request is for the page: it names HTML, as browsers do, and likes nothing of programs better.
 * curl and others that accept anything get JSON.
 */
export function wantsPage(accept: string | undefined): boolean {
  const list = acceptedIn(accept)
  const weight = (name: string) => list.find((each) => each.name === name)?.weight ?? 0
  const html = weight('text/html')
  return html > 0 && html >= weight('application/json')
}

/** The smallest form of a file that a request accepts. Browsers take brotli by TLS only. */
export function encodingFor(accept: string | undefined): 'br' | 'gzip' | undefined {
  const list = acceptedIn(accept)
  const takes = (name: string) => (list.find((each) => each.name === name)?.weight ?? 0) > 0
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}

/** Whether a client has this version already, as its `If-None-Match` says. */
export function hasVersion(ifNoneMatch: string | undefined, etag: string): boolean {
  const bare = (text: string) => text.trim().replace(/^W\//, '')
  return (ifNoneMatch ?? '').split(',').some((each) => bare(each) === bare(etag))
}

function acceptedIn(header = ''): Accepted[] {
  return header.split(',').map((part) => {
    const [name = '', ...params] = part.split(';').map((each) => each.trim().toLowerCase())
    const weight = params.find((each) => each.startsWith('q='))?.slice(2)
    return { name, weight: weight === undefined ? 1 : Number(weight) || 0 }
  })
}
