// Compiles the parts of the program ahead of time (x.cjs to x.cache), with the Node binary of the
// executable:
//   <node> --random-seed=1 scripts/executable/code-cache.cjs <folder> <part>…     the seed makes it reproducible
//   <node> scripts/executable/code-cache.cjs --check <folder> <part>…     exits with 1 if V8 rejects one
// The folder has all parts and the SQLite addon. Of nle the cache has what a server needs until it has answered the
// first requests of a thermostat: more would make each start longer, and its memory larger. Of the other parts it
// has everything.
const { once } = require('node:events')
const { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { request } = require('node:http')
const { createServer } = require('node:net')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const vm = require('node:vm')

const SERIAL = '02AA01AC00000000'

const isCheck = process.argv[2] === '--check'
const [given, ...names] = process.argv.slice(isCheck ? 3 : 2)
const folder = resolve(given)
const cacheOf = (name) => join(folder, `${name}.cache`)
const compile = (name, cachedData) => {
  const filename = `${name}.cjs`
  return new vm.Script(readFileSync(join(folder, filename), 'latin1'), { filename, cachedData })
}

/** Compiles every function of a part, not only those that V8 expects to be called first. */
function compileAll(name) {
  setFlagsFromString('--no-lazy')
  const script = compile(name)
  // V8 accepts a cache only under the flags it was made with.
  setFlagsFromString('--lazy')
  writeFileSync(cacheOf(name), script.createCachedData())
}

/** Serves a thermostat as the executable does, and writes down what was compiled for that. */
async function compileServer() {
  const scratch = mkdtempSync(join(tmpdir(), 'nle-code-cache-'))
  process.chdir(scratch)
  standInForExecutable()
  const scripts = keepScripts()
  const [port, control] = await freePorts()
  const words = `serve --db nle.sqlite --log-format json --api-origin http://127.0.0.1:${port}`
  const listeners = `--host 127.0.0.1 --port ${port} --control-host 127.0.0.1 --control-port ${control}`
  process.argv = [process.execPath, 'nle', ...words.split(' '), ...listeners.split(' ')]
  // The compiler Sparkplug works in a thread of its own, and leaves a mark: with it, each build would be another one.
  setFlagsFromString('--no-sparkplug')
  // At the end, because by then everything has been called that a start calls, in whatever order.
  process.once('exit', () => {
    setFlagsFromString('--sparkplug')
    writeFileSync(cacheOf('nle'), scripts.get('nle.cjs').createCachedData())
    rmSync(scratch, { recursive: true })
  })
  require(join(folder, 'main.cjs'))
  await untilAnswered(port)
  const key = `device.${SERIAL}`
  const version = { object_key: key, object_revision: 0, object_timestamp: 0 }
  await answerOf(port, 'POST', '/nest/transport', { chunked: true, objects: [version] })
  const change = { object_key: key, base_object_revision: 0, value: { current_humidity: 40 } }
  await answerOf(port, 'POST', '/nest/transport/put', { objects: [change] })
  await answerOf(port, 'GET', '/nest/entry')
  // What a start does beside that.
  await new Promise((resume) => setTimeout(resume, 500))
  process.kill(process.pid, 'SIGTERM')
}

/** The folder stands in for the assets of the executable. */
function standInForExecutable() {
  const { getBuiltinModule } = process
  const sea = {
    isSea: () => true,
    getAssetKeys: () => readdirSync(folder),
    getRawAsset: (name) => new Uint8Array(readFileSync(join(folder, name))).buffer,
  }
  process.getBuiltinModule = (id) => (id === 'node:sea' ? sea : getBuiltinModule(id))
}

/** Every script that is compiled from now on, by its file name. */
function keepScripts() {
  const scripts = new Map()
  vm.Script = class extends vm.Script {
    constructor(text, options) {
      super(text, options)
      scripts.set(options.filename, this)
    }
  }
  return scripts
}

async function freePorts() {
  const servers = [createServer(), createServer()]
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  const ports = servers.map((server) => `${server.address().port}`)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function untilAnswered(port) {
  // The program sets the code when it ends.
  while (process.exitCode === undefined) {
    try {
      return await answerOf(port, 'GET', '/nest/ping')
    } catch {
      await new Promise((resume) => setTimeout(resume, 20))
    }
  }
  throw new Error('the server ended at once')
}

/** Resolves with the head of the answer: that of a subscription has no end. */
async function answerOf(port, method, path, body) {
  const auth = `d.${SERIAL}.build:secret`
  const asking = request({ host: '127.0.0.1', port, method, path, auth, agent: false })
  asking.end(body === undefined ? undefined : JSON.stringify({ session: 'build', ...body }))
  const [response] = await once(asking, 'response')
  response.resume()
  if (response.statusCode !== 200) throw new Error(`${path} was answered ${response.statusCode}`)
}

if (isCheck) {
  const rejected = (name) => compile(name, readFileSync(cacheOf(name))).cachedDataRejected
  if (names.some(rejected)) process.exitCode = 1
} else {
  for (const name of names) if (name !== 'nle') compileAll(name)
  compileServer()
}
