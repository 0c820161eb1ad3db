import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sleep } from '../../bench/scenario.ts'
import { ATTACKS } from './attacks.ts'
import { Crowd, type Score, type Target } from './crowd.ts'

/** What the process of the strangers is told. */
interface Order {
  readonly name: string
  readonly target: Target
  readonly seconds: number
}

/** How long strangers may take to finish what they are at when their time is over. */
const GRACE_MS = 30_000

/** The strangers of one attack in a process of their own, so that what they do delays no measurement. */
export class CrowdProcess {
  readonly #child: ChildProcess
  readonly #score: Promise<Score>

  constructor(name: string, target: Target, seconds: number) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    this.#score = new Promise((resolve, reject) => {
      child.on('message', (score: Score) => resolve(score))
      child.on('exit', (code) => reject(new Error(`the strangers of ${name} ended with ${code}`)))
    })
    this.#score.catch(() => {})
    child.send({ name, target, seconds } satisfies Order)
  }

  /** Resolves when they are done. */
  get score(): Promise<Score> {
    return this.#score
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', async ({ name, target, seconds }: Order) => {
    const attack = ATTACKS[name]
    if (attack === undefined) throw new Error(`There is no attack ${name}.`)
    const crowd = new Crowd(target, seconds)
    await Promise.race([attack.strangers(crowd), sleep(crowd.leftMs + GRACE_MS)])
    process.send?.(crowd.score, () => process.exit())
  })
}
