/** What the server must never do but did, each with the first request that showed it. */
export class Findings {
  readonly #kinds = new Map<string, { count: number; request: string }>()

  add(what: string, request: Buffer | string = ''): void {
    const known = this.#kinds.get(what)
    if (known !== undefined) known.count++
    else this.#kinds.set(what, { count: 1, request: request.toString('latin1').slice(0, 2000) })
  }

  get count(): number {
    return this.#kinds.size
  }

  lines(): string[] {
    return [...this.#kinds].map(
      ([what, { count, request }]) =>
        `\nFOUND (${count} times): ${what}\n${JSON.stringify(request)}`,
    )
  }
}

/** The one error that may be logged: the fuzzer's weather service does not exist. */
export const NO_WEATHER = 'Weather service unavailable'

/** What a caller with another password is told that gets no code yet (`P6`). */
const NO_CODE_YET = JSON.stringify({ error: 'Entry key service unavailable' })
/** The same as the answer to HEAD says it. */
const NO_CODE_YET_LENGTH = `content-length: ${NO_CODE_YET.length}\r\n`

/** The statuses of the answers on one connection. */
export function statusesOf(answer: string): string[] {
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status)
  return statuses.length === 0 ? ['none'] : statuses
}

/** What is wrong with the answers on one connection; empty when nothing is. */
export function wrongWith(answer: string): string[] {
  const wrong: string[] = []
  for (const status of statusesOf(answer)) {
    // 502 is the failure of another service, here of the weather. A store that fails is logged, too.
    const isNoCodeYet =
      answer.includes(NO_CODE_YET) || answer.toLowerCase().includes(NO_CODE_YET_LENGTH)
    if (status === '502' || (status === '503' && isNoCodeYet)) continue
    if (Number(status) >= 500) wrong.push(`status ${status}`)
  }
  if (/\bat .*\.ts:\d+|node_modules|node:internal/.test(answer)) wrong.push('a stack trace')
  // Only a single answer can be judged: the end of each of several is not certain.
  const [, head = '', body = ''] = /^(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? []
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
  // HEAD has no body, and a body cut short cannot be judged.
  if (status < 400 || body.length !== length || length === 0) return wrong
  try {
    const { error, message } = JSON.parse(body)
    if (typeof (error ?? message) !== 'string') wrong.push('a refusal without error or message')
  } catch {
    wrong.push('a refusal that is not JSON')
  }
  return wrong
}
