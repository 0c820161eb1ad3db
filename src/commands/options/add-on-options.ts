import { type Config, SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import type { JsonValue } from '../../protocol/bucket.ts'
import { jsonObjectIn, shortName } from '../../protocol/input.ts'
import { readTextFile } from '../terminal/file-error.ts'

/** Where Home Assistant writes what the owner of an add-on has set. */
export const OPTIONS_FILE = '/data/options.json'

/** The options of the add-on as the settings that they stand for. */
export interface AddOnOptions {
  readonly file: string
  readonly variables: Readonly<Record<string, string>>
  /** Names that stand for no setting. */
  readonly unknown: readonly string[]
}

/** By the name of the option, which is that of the environment variable in lower case. */
const ENVS: ReadonlyMap<string, string> = new Map(
  (Object.keys(SETTINGS) as (keyof Config)[]).map((name) => {
    const { env } = SETTINGS[name]
    return [env.toLowerCase(), env]
  }),
)

/**
 * Reads them; undefined where there are none.
 *
 * @throws NleError `invalid` for a file that cannot be read
 */
export function readAddOnOptions(file: string = OPTIONS_FILE): AddOnOptions | undefined {
  const written = textIn(file)
  if (written === undefined) return undefined
  const options = jsonObjectIn(written)
  if (options === undefined) {
    throw new NleError(
      'invalid',
      `${file} is no JSON object. Save the configuration of the add-on in Home Assistant again.`,
    )
  }
  const variables: Record<string, string> = {}
  const unknown: string[] = []
  for (const [name, value] of Object.entries(options)) {
    const env = ENVS.get(name)
    const text = textOf(value)
    if (env === undefined || text === undefined) unknown.push(shortName(name, 64))
    else variables[env] = text
  }
  return { file, variables, unknown }
}

function textIn(file: string): string | undefined {
  try {
    return readTextFile(file)
  } catch (error) {
    if (!(error instanceof NleError) || error.code === 'not_found') return undefined
    throw new NleError(error.code, `${error.message} The add-on has to run as root.`, {
      cause: error,
    })
  }
}

/** As an environment variable would have it; undefined for what no variable can hold. */
function textOf(value: JsonValue): string | undefined {
  if (value === null) return ''
  if (Array.isArray(value)) {
    const texts = value.map(textOf)
    return texts.some((each) => each === undefined) ? undefined : texts.join(',')
  }
  return typeof value === 'object' ? undefined : String(value)
}
