import { NleError } from '../../errors.ts'
import { jsonIn } from '../../protocol/input.ts'
import { whyFailed } from '../client/http-json.ts'

export const GITHUB_API = 'https://api.github.com'

/** Twenty releases with long notes have a tenth of it. */
const MAX_ANSWER_BYTES = 4_000_000
/** GitHub redirects from the former name of a repository to the present one. */
const MAX_REDIRECTIONS = 3

export interface ReleaseQuestion {
  /** GITHUB_API, except in tests. */
  readonly api: string
  /** `owner/name` */
  readonly repository: string
  /** Named to GitHub, which wants to know who asks. */
  readonly version: string
  readonly timeoutMs: number
  /** Ctrl-C. */
  readonly stop: AbortSignal
}

/**
 * Asks GitHub for the latest releases of a repository.
 *
 * @returns its answer, of any shape
 * @throws NleError `unreachable` when it does not answer in time, or not as GitHub does; `not_found` without such a
 * repository; `rate_limited` after too many questions; `cancelled` after Ctrl-C
 */
export async function askReleases({
  api,
  repository,
  version,
  timeoutMs,
  stop,
}: ReleaseQuestion): Promise<unknown> {
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({ maxResponseSize: MAX_ANSWER_BYTES })
  const late = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([late, stop])
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': `nle/${version}`,
    'x-github-api-version': '2022-11-28',
  }
  let url = `${api}/repos/${repository}/releases?per_page=20`
  try {
    for (let redirections = 0; redirections <= MAX_REDIRECTIONS; redirections++) {
      // A connection that is kept open would keep the process alive.
      const answer = await request(url, { dispatcher, signal, headers, reset: true })
      const text = await answer.body.text()
      if (answer.statusCode === 200) return answerIn(text)
      const next = redirectionOf(answer, url)
      if (next === undefined) throw refusalOf(answer, repository)
      url = next
    }
    throw new NleError('unreachable', 'GitHub redirects in a circle. Try again later.')
  } catch (error) {
    if (error instanceof NleError) throw error
    if (stop.aborted) throw new NleError('cancelled', 'Stopped.', { cause: error })
    if ((error as { code?: unknown }).code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') throw notReleases()
    const why = late.aborted ? `no answer within ${timeoutMs / 1000} s` : whyFailed(error)
    throw new NleError(
      'unreachable',
      `GitHub does not answer (${api}): ${why}. Is this machine connected to the Internet?`,
      { cause: error },
    )
  }
}

interface AnswerHead {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Where an answer leads to; undefined when it leads nowhere, or away from GitHub. */
function redirectionOf({ statusCode, headers }: AnswerHead, from: string): string | undefined {
  if (![301, 302, 307, 308].includes(statusCode)) return undefined
  const next = URL.parse(String(headers.location), from)
  return next?.origin === new URL(from).origin ? next.href : undefined
}

function refusalOf({ statusCode, headers }: AnswerHead, repository: string): NleError {
  if (statusCode === 404) {
    return new NleError(
      'not_found',
      `GitHub knows no public repository ${repository}. Name the one that publishes nle with --repository.`,
    )
  }
  if (statusCode === 429 || (statusCode === 403 && headers['x-ratelimit-remaining'] === '0')) {
    return new NleError(
      'rate_limited',
      'GitHub has answered too many questions from your address, by whatever program. Ask again in an hour.',
    )
  }
  return new NleError(
    'unreachable',
    `GitHub does not say which releases there are: it answered ${statusCode}. Try again later.`,
  )
}

function answerIn(text: string): unknown {
  const answer = jsonIn(text)
  if (answer === undefined) throw notReleases()
  return answer
}

/** What answers is not GitHub. */
export function notReleases(): NleError {
  return new NleError(
    'unreachable',
    'What answers is no list of releases. Does a proxy, or the sign-in page of a network, answer in the place of GitHub?',
  )
}
