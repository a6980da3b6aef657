import { ask } from '../gateway/ask.ts'
import type { RequestRow } from '../gateway/shapes.ts'
import { me } from '../state/credentials.ts'

/** What the gateway charged for a request. */
export interface Charged {
  /** In the billing currency; null if the model has no price. */
  money: number | null
  /** Whether it was counted without DashScope's own numbers. */
  isEstimated: boolean
}

/** Settlements are gathered for up to a second before they are written. */
const SETTLED_MS = 1500

/**
 * Reads from the request log what a request was charged.
 *
 * @returns undefined for session tokens, which may not read the log, and if the log is off or does not answer.
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
