/**
 * The one error class of the project. Its message says what happened, why, and what to do next; its
 * code decides the HTTP status and the exit code by the table below. Any other error is a defect: it is
 * logged, and people see only that something went wrong.
 */
export class NleError extends Error {
  readonly code: ErrorCode
  /** More facts for machines (`--json`, HTTP bodies); never secrets. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NleError'
    this.code = code
    this.details = options.details ?? {}
  }
}

/** Every code with its HTTP status and its process exit code (documented in docs/cli.md). */
export const ERROR_CODES = {
  /** A defect in nle itself. */
  internal: { status: 500, exit: 1 },
  /** An option, argument or request field that cannot be right. */
  invalid: { status: 400, exit: 2 },
  /** The server, or a machine it needs, does not answer. */
  unreachable: { status: 502, exit: 3 },
  /** No such thermostat, entry code, bucket or change. */
  not_found: { status: 404, exit: 4 },
  /** The entry code has expired. */
  expired: { status: 410, exit: 5 },
  /** The entry code was used before. */
  claimed: { status: 409, exit: 6 },
  /** Too many wrong codes, or too much else in a short time. */
  rate_limited: { status: 429, exit: 7 },
  /** The server has too little memory for it now, or is no server to send requests to. */
  overloaded: { status: 503, exit: 7 },
  /** The port or the database belongs to another process. */
  in_use: { status: 409, exit: 8 },
  /** The database cannot be opened, read or written. */
  store: { status: 503, exit: 9 },
  /** The database is damaged, of another program or of a newer nle: it stays so until a person acts. */
  unfit: { status: 503, exit: 13 },
  /** The change was accepted, but the thermostat did not take it. */
  not_delivered: { status: 504, exit: 10 },
  /** The caller may not do this. */
  forbidden: { status: 403, exit: 11 },
  /** A thermostat is not paired where only paired ones are served, or a token is missing. */
  unauthorized: { status: 401, exit: 12 },
  /** The person said no at a question, or pressed Ctrl-C. */
  cancelled: { status: 499, exit: 130 },
  /** The request's body is over the limit. */
  too_large: { status: 413, exit: 2 },
  /** The path exists, but not with this method. */
  method_not_allowed: { status: 405, exit: 2 },
  /** A browser sent the body with a content type that a form could send. */
  unsupported_type: { status: 415, exit: 2 },
} as const satisfies Record<string, { status: number; exit: number }>

export type ErrorCode = keyof typeof ERROR_CODES
