import { computed, effect, signal } from '@preact/signals'
import type { Answer } from '../../api/endpoints.ts'
import { request } from '../client/request.ts'
import { connection, nowMs, reconnect } from './household.ts'

/** How the server said last that it is. */
export const health = signal<Answer<'getHealth'> | undefined>(undefined)
/** Since when the server does not answer, wall clock, ms. */
export const goneSinceMs = signal<number | undefined>(undefined)
/** It has been away for so long that a restart does not explain it. */
export const isLongGone = signal(false)

const LONG_MS = 60_000
/** The version that this page was loaded from. */
let ownVersion: string | undefined

/** The server has another version than the page, which was loaded from an earlier one. */
export const isRenewed = computed(() => {
  const version = health.value?.version
  return version !== undefined && ownVersion !== undefined && version !== ownVersion
})

/**
 * Looks after the server for as long as the page is open: also where a connection is dead and does not say so,
 * as after a night with a closed lid.
 */
export function watchServer(): void {
  effect(() => {
    if (connection.value === 'here') void lookAtServer()
    keepOutage(connection.value === 'gone')
  })
  // Twice a minute; nobody looks at a hidden page.
  effect(() => {
    if (nowMs.value > 0 && !document.hidden) void lookAtServer()
  })
  addEventListener('online', () => void lookAtServer())
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void lookAtServer()
  })
}

async function lookAtServer(): Promise<void> {
  try {
    const answer = await request('getHealth', {})
    ownVersion ??= answer.version
    health.value = answer
    if (connection.peek() === 'gone') reconnect()
  } catch {
    if (connection.peek() !== 'here') return
    connection.value = 'gone'
    reconnect()
  }
}

let longTimer: ReturnType<typeof setTimeout> | undefined

function keepOutage(isGone: boolean): void {
  if (isGone === (goneSinceMs.peek() !== undefined)) return
  clearTimeout(longTimer)
  isLongGone.value = false
  goneSinceMs.value = isGone ? Date.now() : undefined
  if (isGone) {
    longTimer = setTimeout(() => {
      isLongGone.value = true
    }, LONG_MS)
  }
}
