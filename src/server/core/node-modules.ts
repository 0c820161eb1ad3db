// Modules of Node that cost memory and time to load; they are loaded when they are needed.

/**
 * An `import` of node:http costs a server 6 MB and a third of its start: it reads every export, and one
 * of them loads all of Node's fetch and WebSocket.
 */
export function nodeHttp(): typeof import('node:http') {
  return process.getBuiltinModule('node:http')
}

/** 3 MB, and few servers have TLS. */
export function nodeHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}

/** 3 MB, and few servers have TLS. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}
