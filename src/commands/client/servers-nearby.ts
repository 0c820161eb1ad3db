import { NleError } from '../../errors.ts'
import type { ServerChoice } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

/**
 * The error that nothing was found on this machine, with the servers that the local network has. None of them is used
 * unasked: anybody in the network can announce one.
 */
export async function withServersNearby(
  error: NleError,
  { databaseNamed }: ServerChoice,
  io: Io,
): Promise<NleError> {
  if (databaseNamed) return error
  const nearby = (await io.serversNearby()).map(({ url, name }) => ({ url, name: printable(name) }))
  const [first, ...others] = nearby
  if (first === undefined) return error
  const named = nearby.map(({ url, name }) => `${url} (${name})`).join(', ')
  const hint =
    others.length === 0
      ? `There is a server at ${named}: use --server ${first.url}.`
      : `There are servers at ${named}: name the one that is meant with --server.`
  return new NleError(error.code, `${error.message} ${hint}`, {
    details: { ...error.details, nearby },
  })
}
