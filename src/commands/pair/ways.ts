import { resolveConfig } from '../../config.ts'
import { NleError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import type { ServerClient } from '../client/client.ts'
import type { Named } from '../client/find-device.ts'
import type { Io } from '../terminal/io.ts'
import { refusedCode } from './typed-code.ts'

/** A thermostat that shows a code. */
export interface WaitingThermostat extends Named {
  /** Wall clock, ms. */
  readonly sinceMs: number
  /** Whether it has put both `shared` and `device`. */
  readonly hasUploaded: boolean
  /** It is paired already, and asked for the code with another password. */
  readonly pairedAnew: boolean
}

/** What asks for the code of a paired thermostat with another password, and gets none yet (`P6`). */
export interface HeldBackCaller extends Named {
  /** When it gets one if the known password stays silent; wall clock, ms. */
  readonly codeAtMs: number
}

export interface PairingProgress {
  readonly name: string
  /** The thermostat itself has shown that it is paired. */
  readonly confirmed: boolean
}

/** A way to pair: by a running server, or on its database while none runs. */
export interface PairWay {
  /** Control URL of the server; undefined without one. */
  readonly serverUrl: string | undefined
  /** Thermostats that show a code, and what does not get one yet. */
  waiting(): Promise<{
    readonly shown: readonly WaitingThermostat[]
    readonly heldBack: readonly HeldBackCaller[]
  }>
  /**
   * Claims a code (in its normal form) for a user.
   *
   * @throws NleError `not_found`, `expired`, `claimed` or `rate_limited`
   */
  claim(code: string, userId: string): Promise<Named>
  /** Whether some thermostats belong to another user. */
  hasOtherUsers(userId: string): Promise<boolean>
  /** How far a pairing is; undefined without a server. */
  progress(serial: string): Promise<PairingProgress | undefined>
}

export function pairByServer(client: ServerClient): PairWay {
  return {
    serverUrl: client.url,
    async waiting() {
      const { waiting, held_back: heldBack } = await client.call('listWaiting')
      return {
        shown: waiting.map(({ serial, name, since, has_uploaded, paired_anew }) => ({
          serial,
          name,
          sinceMs: Date.parse(since),
          hasUploaded: has_uploaded,
          pairedAnew: paired_anew,
        })),
        heldBack: heldBack.map(({ serial, name, code_at }) => ({
          serial,
          name,
          codeAtMs: Date.parse(code_at),
        })),
      }
    },
    async hasOtherUsers(userId) {
      const owners = (await client.devices()).map(({ owner }) => owner)
      return owners.some((owner) => owner !== null && owner !== userId)
    },
    progress: (serial) => client.call('getPairing', { params: { serial } }),
    async claim(code, userId) {
      const answer = await client.call('registerDevice', { body: { code, userId } })
      if (!answer.success) throw refusedCode(answer.reason, code)
      return { serial: answer.serial, name: answer.name }
    },
  }
}

/** How long to wait for another process that only looks into the database. */
const LOCK_WAIT_MS = 2_000

/** Pairs in the database while no server runs, by the server's own rules. */
export function pairInStore(databasePath: string, io: Io): PairWay {
  return {
    serverUrl: undefined,
    hasOtherUsers: (userId) =>
      withServices(databasePath, io, 'read', async ({ core }) =>
        (await core.store.thermostats()).some(
          ({ owner }) => owner !== undefined && owner.userId !== userId,
        ),
      ),
    progress: async () => undefined,
    waiting: () =>
      withServices(databasePath, io, 'read', async ({ pairing, nameOf, hasUploaded }) => ({
        shown: (await pairing.waiting()).map(({ state, sinceMs, isAnew }) => ({
          sinceMs,
          serial: state.serial,
          name: nameOf(state, io.nowMs()),
          hasUploaded: hasUploaded(state),
          pairedAnew: isAnew,
        })),
        // Only a running server is asked for codes.
        heldBack: [],
      })),
    claim: (code, userId) =>
      withServices(databasePath, io, 'write', async ({ core, pairing, nameOf }) => {
        const result = await pairing.claim(code, userId)
        if (!result.success) throw refusedCode(result.reason, code)
        const state = await core.store.shown(result.serial)
        return { serial: result.serial, name: nameOf(state, io.nowMs()) }
      }),
  }
}

/** Runs `work` with the server's services on a database; to write, under the database's lock. */
async function withServices<T>(
  databasePath: string,
  io: Io,
  access: 'read' | 'write',
  work: (services: Awaited<ReturnType<typeof loadServices>>) => Promise<T>,
): Promise<T> {
  const { openForReading, openOwnStore } = await import('../../store/open.ts')
  // Opened to read first: a mistyped path must not create a database.
  const reader = openForReading(databasePath, io.nowMs())
  try {
    if (access === 'read') return await work(await loadServices(reader, io))
  } finally {
    reader.close()
  }
  const own = openOwnStore(databasePath, io.nowMs(), LOCK_WAIT_MS)
  if (own === undefined) {
    throw new NleError(
      'in_use',
      `Another nle has just begun to work on ${databasePath}. Try again in a moment.`,
    )
  }
  try {
    return await work(await loadServices(own.store, io))
  } finally {
    own.close()
  }
}

async function loadServices(store: Store, io: Io) {
  // Loaded here: with a running server none of this is needed.
  const [{ makeServices }, { systemClock }, { silentLogger }, { nameOf }, { hasUploaded }] =
    await Promise.all([
      import('../../server/services.ts'),
      import('../../server/core/clock.ts'),
      import('../../server/core/logger.ts'),
      import('../../protocol/view/view-of.ts'),
      import('../../protocol/view/has-uploaded.ts'),
    ])
  const now = { wallMs: io.nowMs(), steadyMs: io.nowMs() }
  // The steady clock of a process starts as the wall clock, and this process ends at once.
  const clock = { ...systemClock(), now: () => now }
  const { config } = resolveConfig({}, {})
  return { ...makeServices(store, { config, clock, log: silentLogger }), nameOf, hasUploaded }
}
