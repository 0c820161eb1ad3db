import manifest from '../package.json' with { type: 'json' }

/** Replaced by scripts/bundle.mjs when the executable is built; does not exist when run from source. */
declare const NLE_BUILD_COMMIT: string | undefined

/** The release, as package.json names it. */
export const VERSION: string = manifest.version

/**
 * The GitHub repository that publishes the releases, as `owner/name`: package.json names it. Undefined while that has
 * the OWNER of a project that nobody has published.
 */
export const REPOSITORY: string | undefined = /^github:((?!OWNER\/)[\w.-]+\/[\w.-]+)$/.exec(
  manifest.repository,
)?.[1]

/** The commit the executable was built from (`-dirty` with uncommitted changes), or `source`. */
export const COMMIT: string =
  typeof NLE_BUILD_COMMIT === 'string' && NLE_BUILD_COMMIT !== '' ? NLE_BUILD_COMMIT : 'source'

/** What `nle --version` prints, e.g. `nle 0.1.0 (abc1234)`. */
export function versionText(): string {
  return `nle ${VERSION} (${COMMIT})`
}
