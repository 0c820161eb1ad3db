import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument } from 'yaml'
import { HAPROXY, NO_HAPROXY } from './cluster/balancer.ts'

const page = readFileSync(new URL('../docs/cluster.md', import.meta.url), 'utf8')

/** The examples on the page in one language. */
function examples(language: string): string[] {
  return [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  )
}

t.test('HAProxy takes the examples of docs/cluster.md', { skip: NO_HAPROXY }, async (t) => {
  const all = examples('text').filter((each) => each.includes('listen '))
  t.equal(all.length, 2)
  const file = join(t.testdir(), 'haproxy.cfg')
  writeFileSync(file, all.join('\n'))
  const { status, stdout, stderr } = spawnSync(HAPROXY, ['-c', '-f', file], { encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
})

t.test('the Kubernetes example of docs/cluster.md is YAML without a mistake', async (t) => {
  const [manifest = ''] = examples('yaml')
  const document = parseDocument(manifest)
  t.strictSame([...document.errors, ...document.warnings], [])
  const { template } = document.toJS().spec
  const [{ env }] = template.spec.containers
  const drainS = Number(env.find(({ name }: { name: string }) => name === 'DRAIN_SECONDS').value)
  t.ok(template.spec.terminationGracePeriodSeconds > drainS, 'it may drain before it is killed')
})
