import { createInterface } from 'node:readline'

type Json = Readonly<Record<string, unknown>>

/** The other side of `TalkingProcess`: answers each line of standard input, one after the other. */
export function answerLines(answer: (request: Json) => Promise<unknown>): void {
  let turn = Promise.resolve()
  createInterface(process.stdin).on('line', (line) => {
    turn = turn
      .then(() => answer(JSON.parse(line) as Json))
      .then(
        (result) => say({ result }),
        (error) => say({ error: error instanceof Error ? error.message : String(error) }),
      )
  })
}

export function say(line: Json): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
