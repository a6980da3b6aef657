import { computed, effect, signal } from '@preact/signals'
import type { GatewayFacts, Me } from '../gateway/shapes.ts'

const REMEMBERED = 'dashscope-edge.credentials'

/** A session of the operator, made from ADMIN_TOKEN, which the page forgets at once. */
export interface OperatorSession {
  token: string
  expiresAtMs: number
  scope: 'read' | 'all'
}

/** The client key or session token for the playground and the usage page. */
export const clientKey = signal<string | undefined>(undefined)

/** The gateway's facts about that key; undefined until they are loaded. */
export const me = signal<Me | undefined>(undefined)

/**
 * The facts about the gateway, available to any credential; empty if it could not be reached, undefined until they
 * are loaded.
 */
export const gateway = signal<GatewayFacts | undefined>(undefined)

export const operator = signal<OperatorSession | undefined>(undefined)

/** Why the sign-in form is shown again. */
export const endedBecause = signal<'expired' | undefined>(undefined)

/** Whether the credentials survive a reload of this tab. They are never kept longer than the tab. */
export const isRemembered = signal(false)

export const isSignedIn = computed(() => clientKey.value !== undefined || operator.value !== undefined)

restore()
effect(remember)

/** Timers stop while a machine sleeps; then the gateway's 401 ends the session. */
effect(() => {
  const session = operator.value
  if (session === undefined) return
  const timer = setTimeout(endOperatorSession, session.expiresAtMs - Date.now())
  return () => clearTimeout(timer)
})

addEventListener('pagehide', () => {
  if (!isRemembered.peek()) signOut()
})

/** Forgets every credential. */
export function signOut(): void {
  clientKey.value = undefined
  me.value = undefined
  operator.value = undefined
  isRemembered.value = false
}

/** Forgets a session that the gateway no longer accepts. */
export function endOperatorSession(): void {
  operator.value = undefined
  endedBecause.value = 'expired'
}

function remember(): void {
  const credentials = { key: clientKey.value, operator: operator.value }
  try {
    if (isRemembered.value) sessionStorage.setItem(REMEMBERED, JSON.stringify(credentials))
    else sessionStorage.removeItem(REMEMBERED)
  } catch {
    // Storage is not allowed: nothing is remembered.
  }
}

function restore(): void {
  try {
    const text = sessionStorage.getItem(REMEMBERED)
    if (text === null) return
    const { key, operator: session } = JSON.parse(text) as { key?: string; operator?: OperatorSession }
    clientKey.value = key
    if (session && session.expiresAtMs > Date.now()) operator.value = session
    isRemembered.value = true
  } catch {
    // Storage is not allowed or has invalid content: start with the sign-in form.
  }
}
