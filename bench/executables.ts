// Measures start time and memory of executables, as a table:
//   node bench/executables.ts [--runs 20] <executable>…
//
// An executable may be a command with arguments: node bench/executables.ts "node bin/nle.ts" dist/nle-linux-x64
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './quantile.ts'
import { type Memory, memoryOf } from './server-process.ts'

/** How long a server idles before its memory is read. */
const REST_MS = 5_000

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '20' } },
  allowPositionals: true,
})
const runs = Number(values.runs)

/** Wall-clock time from start to end of a command, ms; undefined when it fails. */
function commandMs(program: readonly string[], args: readonly string[]): number | undefined {
  const times: number[] = []
  for (let run = 0; run <= runs; run++) {
    const startedMs = performance.now()
    const { status } = spawnSync(program[0] ?? '', [...program.slice(1), ...args], {
      stdio: 'ignore',
    })
    if (status !== 0) return undefined
    // The first run loads the file into the page cache.
    if (run > 0) times.push(performance.now() - startedMs)
  }
  return median(times)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ port, host: '127.0.0.1', path: '/health' }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asking.on('error', () => resolve(false))
    asking.end()
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}

/** Starts a server on a database; measures the time to its first answer, and memory if `atRest`. */
async function serveOnce(program: readonly string[], db: string, atRest: boolean) {
  const [port, control] = [await freePort(), await freePort()]
  const startedMs = performance.now()
  const child = spawn(
    program[0] ?? '',
    [...program.slice(1), 'serve', '--db', db, '--port', `${port}`, '--control-port', `${control}`],
    { stdio: 'ignore' },
  )
  while (!(await answers(control))) {
    if (child.exitCode !== null) throw new Error(`${program.join(' ')} serve ended at once`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const firstAnswerMs = performance.now() - startedMs
  let used: Memory | undefined
  if (atRest && child.pid !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    used = memoryOf(child.pid)
  }
  child.kill('SIGTERM')
  await ended(child)
  return { firstAnswerMs, used }
}

const row = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
const ms = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(0)} ms`)
const mb = (kb: number | undefined) => (kb === undefined ? '–' : `${(kb / 1024).toFixed(1)} MB`)

row(['', 'size', '--version', 'devices', 'serve to first answer', 'private at rest', 'RSS at rest'])
row(['---', '---', '---', '---', '---', '---', '---'])
for (const name of positionals) {
  const program = name.split(' ')
  const folder = mkdtempSync(join(tmpdir(), 'nle-bench-'))
  const db = join(folder, 'nle.sqlite')
  try {
    await serveOnce(program, db, false)
    const answersMs: number[] = []
    for (let run = 0; run < Math.max(5, runs / 4); run++) {
      answersMs.push((await serveOnce(program, db, false)).firstAnswerMs)
    }
    const { used } = await serveOnce(program, db, true)
    row([
      name,
      program.length === 1 ? `${(statSync(name).size / 1e6).toFixed(1)} MB` : '–',
      ms(commandMs(program, ['--version'])),
      ms(commandMs(program, ['devices', '--db', db])),
      ms(median(answersMs)),
      mb(used?.privateKb),
      mb(used?.rssKb),
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
