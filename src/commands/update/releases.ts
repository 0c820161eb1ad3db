import { isObject } from '../../protocol/bucket.ts'
import { compareVersions, parseVersion, type ReleaseVersion } from './version-order.ts'

/** A release as GitHub tells of it. */
export interface Release {
  /** `1.2.3` */
  readonly version: string
  /** `v1.2.3`, as it stands in addresses. */
  readonly tag: string
  /** What is new, in a line. */
  readonly headline: string
  /** `2026-11-28`; undefined when GitHub does not say. */
  readonly date: string | undefined
}

const MAX_HEADLINE = 160

/**
 * The releases that are newer than `current`, newest first. A version that is not final is offered only where one
 * runs already.
 *
 * @param answer - what GitHub's `GET /repos/{owner}/{repo}/releases` said
 * @returns undefined when it is no list of releases
 */
export function newerReleases(answer: unknown, current: string): Release[] | undefined {
  const own = parseVersion(current)
  if (!Array.isArray(answer) || !answer.every(isObject) || own === undefined) return undefined
  return answer
    .flatMap((each) => {
      const tag = typeof each.tag_name === 'string' ? each.tag_name : ''
      const version = parseVersion(tag)
      if (version === undefined || each.draft === true || !isOffered(each, version, own)) return []
      return [{ version, release: releaseOf(each, tag) }]
    })
    .sort((one, other) => compareVersions(other.version, one.version))
    .map(({ release }) => release)
}

function isOffered(
  { prerelease }: Readonly<Record<string, unknown>>,
  version: ReleaseVersion,
  own: ReleaseVersion,
): boolean {
  const isFinal = prerelease !== true && version.pre.length === 0
  return compareVersions(version, own) > 0 && (isFinal || own.pre.length > 0)
}

function releaseOf(each: Readonly<Record<string, unknown>>, tag: string): Release {
  const published = typeof each.published_at === 'string' ? each.published_at : ''
  return {
    version: tag.replace(/^v/, ''),
    tag,
    headline: headlineOf(typeof each.body === 'string' ? each.body : ''),
    date: /^\d{4}-\d{2}-\d{2}/.exec(published)?.[0],
  }
}

/** The first paragraph of release notes, or the first of their points, without the marks of Markdown. */
export function headlineOf(notes: string): string {
  const lines = notes.slice(0, 4000).split(/\r?\n/)
  const from = lines.findIndex((line) => /\w/.test(line) && !line.startsWith('#'))
  if (from === -1) return ''
  const rest = lines.slice(from + 1)
  const end = rest.findIndex((line) => /^\s*([-*#]|$)/.test(line))
  const text = [lines[from], ...rest.slice(0, end === -1 ? undefined : end)]
    .map((line) => line?.trim())
    .join(' ')
    .replace(/^[-*] +/, '')
    .replace(/\*\*|`/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return text.length > MAX_HEADLINE ? `${text.slice(0, MAX_HEADLINE - 1).trimEnd()}…` : text
}
