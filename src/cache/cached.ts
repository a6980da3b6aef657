import { GatewayError } from '../errors.ts'
import type { Answer } from '../relay/answer.ts'
import { ageSeconds, type CacheControl, isFresh } from './control.ts'
import { isInFlight, joinFlight, leadFlight } from './flight.ts'
import type { CacheOutcome, ForwardReason } from './status.ts'
import { type Entry, isStorable, readEntry, writeEntry } from './store.ts'

export interface Cached {
  answer: Answer
  outcome: CacheOutcome
  /** Seconds since the answer was stored; only of a hit. */
  age?: number
}

export interface CachedRequest {
  kv: KVNamespace
  /** The entry's name: the cache key. */
  name: string
  control: CacheControl
  /** How long an answer is kept; undefined: it is not. */
  ttlSeconds: number | undefined
  caller: AbortSignal
  keepAlive: (work: Promise<unknown>) => void
  /** Waits for the look-up (and times it). */
  look: <T>(work: Promise<T>) => Promise<T>
  /** Asks DashScope; its signal ends the call when nobody waits for it any more. */
  ask: (signal: AbortSignal) => Promise<Answer>
}

/**
 * Answers from the cache, from the same question on its way, or from DashScope; and keeps what DashScope answered.
 *
 * @throws GatewayError `notCached` where the caller takes only what is cached; what `ask` throws.
 */
export async function answerCached(request: CachedRequest): Promise<Cached> {
  const { kv, name, control, caller, keepAlive, ask, ttlSeconds } = request
  const mayJoin = !control.noCache && !control.onlyIfCached
  let forward: ForwardReason = control.noCache ? 'request' : 'miss'
  if (!control.noCache && !(mayJoin && isInFlight(name))) {
    const entry = await request.look(readEntry(kv, name))
    if (entry && isFresh(entry.metadata, control, Date.now())) return hit(entry, Date.now())
    if (entry) forward = 'stale'
  }
  if (control.onlyIfCached) {
    throw new GatewayError(
      'notCached',
      'There is no cached answer to this request, and its Cache-Control said only-if-cached.',
    )
  }
  if (mayJoin && isInFlight(name)) {
    const answer = await joinFlight(name, caller)
    if (answer) return { answer, outcome: { forward, collapsed: true } }
  }
  const answer = await leadFlight(name, caller, async (signal) => {
    const fresh = await ask(signal)
    if (ttlSeconds !== undefined && fresh.kind === 'whole' && isStorable(fresh)) {
      keepAlive(writeEntry(kv, name, fresh, ttlSeconds, Date.now()))
    }
    return fresh
  })
  const stored = ttlSeconds !== undefined && answer.kind === 'whole' && isStorable(answer)
  return { answer, outcome: { forward, stored } }
}

function hit({ metadata, body }: Entry, nowMs: number): Cached {
  const age = ageSeconds(metadata, nowMs)
  return {
    answer: { kind: 'whole', status: 200, headers: metadata.headers, body },
    outcome: { hit: true, ttlSeconds: metadata.ttlSeconds - age },
    age,
  }
}
