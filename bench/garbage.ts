import type { ServerProcess } from './server-process.ts'

/** Node flags that `collectGarbage` needs. */
export const INSPECTABLE = ['--inspect=127.0.0.1:0']

/** Gives back also the space for new objects, which V8 otherwise keeps as large as it once was. */
const COLLECT = `
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
  process.getBuiltinModule('node:vm').runInNewContext('gc')({ type: 'major', flavor: 'last-resort' })`

/**
 * Makes a server collect its garbage, through its inspector: only memory in use is left to measure.
 */
export async function collectGarbage({ diagnostics }: ServerProcess): Promise<void> {
  const url = /ws:\/\/127\.0\.0\.1:\S+/.exec(diagnostics)?.[0]
  if (url === undefined) throw new Error('the server has no inspector')
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const collected = new Promise<MessageEvent>((resolve) => {
    socket.onmessage = resolve
  })
  socket.send(
    JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: COLLECT } }),
  )
  const { data } = await collected
  if (String(data).includes('exceptionDetails')) throw new Error(`no garbage collection: ${data}`)
  const closed = new Promise((resolve) => {
    socket.onclose = resolve
  })
  socket.close()
  await closed
}
