import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../mqtt/broker.ts'

const FOLDERS = (process.env.PATH ?? '').split(delimiter)

function find(program: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

const PROMETHEUS = find('prometheus')
export const promtool = find('promtool') ?? ''

/** For tap's `skip`: why tests that need Prometheus cannot run here, or false. */
export const NO_PROMETHEUS: string | false =
  PROMETHEUS === undefined || promtool === ''
    ? 'no prometheus on this machine (Debian: apt-get install prometheus)'
    : false

/** A real Prometheus on a free port, which scrapes one server every second. */
export class Prometheus {
  readonly #url: string

  private constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`
  }

  /** @param token - what it shows the server */
  static async start(t: Test, target: URL, token: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'nle-prometheus-'))
    const port = await freePort()
    // The lines that docs/operations.md gives.
    const config = `scrape_configs:
  - job_name: nle
    scrape_interval: 1s
    authorization: { credentials: "${token}" }
    static_configs: [{ targets: ["${target.host}"] }]
`
    writeFileSync(join(folder, 'prometheus.yml'), config)
    const child: ChildProcess = spawn(
      PROMETHEUS ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    const exited = new Promise((resolve) => child.on('exit', resolve))
    t.teardown(async () => {
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    })
    return new Prometheus(port)
  }

  /** The samples that a query gives; rejects for a query that is not valid. */
  async query(query: string): Promise<{ metric: Record<string, string>; value: number }[]> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { status, error, data } = (await answer.json()) as {
      status: string
      error?: string
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    if (status !== 'success') throw new Error(`${query}: ${error}`)
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  /** The first samples of a query, once there are some. */
  async whenKnown(query: string): ReturnType<Prometheus['query']> {
    for (;;) {
      const found = await this.query(query).catch((error) => {
        // It is not listening yet.
        if (error instanceof TypeError || error instanceof SyntaxError) return []
        throw error
      })
      if (found.length > 0) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
