import { VERBS } from '../../src/commands/verbs/index.ts'

/** A command line that begins with `nle`, as nobody can type it from source. */
export const BARE_COMMAND = new RegExp(
  `(?<!npm run )\\bnle (?=(?:${Object.keys(VERBS).join('|')}|help|-)\\b)`,
)
