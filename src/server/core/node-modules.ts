// Modules of Node that cost memory and time to load; they are loaded when they are needed.

/**
 * An `import` of node:http costs a server 6 MB and a third of its start: it reads every export, and one
 * of them loads all of Node's fetch and WebSocket.
 */
export function nodeHttp(): typeof import('node:http') {
  return process.getBuiltinModule('node:http')
}

/** A start needs no random numbers and no hashes, and an `import` takes a twentieth of it. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

/** 3 MB, and few servers have TLS. */
export function nodeHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}

/** 3 MB, and few servers have TLS. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}
