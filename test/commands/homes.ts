import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { openForReading, openOwnStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import type { Home } from '../helpers/home.ts'
import { START_MS } from '../helpers/manual-clock.ts'
import { decide } from '../helpers/seed-store.ts'

/** The serial of a thermostat that sends only what a test makes it send. */
export const QUIET_SERIAL = '02AA01AC31140KD6'

/** Makes a thermostat ask for its code, as its screen would; returns the code. */
export async function codeOn(home: Home, serial = QUIET_SERIAL): Promise<string> {
  const { value } = (await callFrom(home, serial, '/nest/passphrase')) as { value: string }
  return value
}

/** A request of a thermostat to its listener. */
export async function callFrom(home: Home, serial: string, path: string): Promise<unknown> {
  const authorization = `Basic ${btoa(`d.${serial}.ABCD:secret`)}`
  const response = await fetch(home.server.deviceUrl + path, { headers: { authorization } })
  return response.json()
}

/** A database with one thermostat that shows `code`, and no server. */
export async function quietDatabase(t: Test, code: string): Promise<string> {
  const path = join(t.testdir(), 'nle.sqlite')
  await changeStore(path, (store) =>
    decide(store, QUIET_SERIAL, (draft) => {
      draft.setDevice(newDevice(START_MS - 120_000))
      draft.putKey({
        code,
        serial: QUIET_SERIAL,
        createdAtMs: START_MS - 60_000,
        expiresAtSteadyMs: START_MS + 3_000_000,
        asker: null,
        claimedBy: null,
        claimedAtMs: null,
      })
    }),
  )
  return path
}

/** Writes in a database that no server has. */
export async function changeStore(
  path: string,
  change: (store: Store) => Promise<unknown>,
): Promise<void> {
  const own = openOwnStore(path, START_MS, 0)
  if (own === undefined) throw new Error(`another process has ${path}`)
  try {
    await change(own.store)
  } finally {
    own.close()
  }
}

export async function look<T>(path: string, at: (store: Store) => Promise<T>): Promise<T> {
  const store = openForReading(path, START_MS)
  try {
    return await at(store)
  } finally {
    store.close()
  }
}

/** A port of this machine that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
