import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'

type Json = Readonly<Record<string, unknown>>

/**
 * A program on another machine of a test. It is asked by lines of JSON on its standard input, and answers with
 * one line each; lines with `event` come by themselves.
 */
export class TalkingProcess {
  readonly #child: ChildProcess
  readonly #answers: ((answer: Json) => void)[] = []
  readonly #watchers = new Set<() => void>()
  readonly events: Json[] = []

  constructor(t: Test, [file = '', ...args]: readonly string[]) {
    // With a clean environment: the test runner's would put its own signal handlers into the process.
    this.#child = spawn('/usr/bin/env', ['-i', `PATH=${process.env.PATH}`, file, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    t.teardown(() => this.#child.kill('SIGKILL'))
    if (this.#child.stdout === null) throw new Error('standard output is not a pipe')
    createInterface(this.#child.stdout).on('line', (line) => {
      const said = JSON.parse(line) as Json
      if ('event' in said) this.events.push(said)
      else this.#answers.shift()?.(said)
      for (const watch of this.#watchers) watch()
    })
    this.#child.on('exit', () => {
      for (const answer of this.#answers.splice(0)) answer({ error: 'the program has ended' })
    })
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  /** Asks, and waits for the answer. */
  ask(request: Json): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) =>
        typeof answer.error === 'string' ? reject(new Error(answer.error)) : resolve(answer),
      )
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    })
  }

  /** Waits for an event. */
  until(holds: (event: Json) => boolean, after = 0): Promise<Json> {
    return new Promise((resolve) => {
      const watch = (): void => {
        const found = this.events.slice(after).find(holds)
        if (found === undefined) return
        this.#watchers.delete(watch)
        resolve(found)
      }
      this.#watchers.add(watch)
      watch()
    })
  }
}
