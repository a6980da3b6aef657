import { ask } from '../gateway/ask.ts'
import type { RequestRow } from '../gateway/shapes.ts'
import { me } from '../state/credentials.ts'

/** The charge for a request. */
export interface Charged {
  /** In the billing currency; null if the model has no price. */
  money: number | null
  /** Whether the usage was estimated. */
  isEstimated: boolean
}

/** Settlements are collected for up to a second before they are written. */
const SETTLED_MS = 1500

/**
 * Reads the charge of a request from the request log.
 *
 * @returns undefined for session tokens, which may not read the log, and if the log is off or fails.
 */
export async function readCharged(id: string | null, key: string): Promise<Charged | undefined> {
  if (id === null || me.peek()?.kind !== 'key' || me.peek()?.request_log === 0) return undefined
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
  try {
    const { money = null, estimated = false } = await ask<RequestRow>(`/edge/requests/${id}`, {
      credential: key,
    })
    return { money, isEstimated: estimated }
  } catch {
    return undefined
  }
}
