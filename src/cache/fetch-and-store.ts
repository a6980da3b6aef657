import type { Framing } from '../dashscope/stream/framing.ts'
import { assemble } from '../dashscope/stream/join.ts'
import { usageOf } from '../dashscope/usage.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { asJson, type UpstreamResponse, type WholeResponse } from '../upstream/response.ts'
import type { Watcher } from '../upstream/watcher.ts'
import { isInFlight, joinFlight, leadFlight } from './flight.ts'
import type { PlannedCache } from './plan.ts'
import type { Served } from './serve.ts'
import type { ForwardReason } from './status.ts'
import { isStorable, writeEntry } from './store.ts'
import { teeStream } from './tee.ts'

/** What is asked of DashScope, and where the answer is kept. */
export interface OriginFetch extends PlannedCache {
  kv: KVNamespace
  caller: AbortSignal
  /** How long the caller waits for an answer, in milliseconds. */
  deadlineMs: number
  keepAlive: (work: Promise<unknown>) => void
  /**
   * Asks DashScope.
   *
   * @param signal ends the call when nobody waits for it any more.
   * @param watcher looks at a stream as it passes.
   */
  ask: (signal: AbortSignal, watcher?: Watcher) => Promise<UpstreamResponse>
}

/** The flight of a request: a question, and how long an answer may take. Whoever is patient does not share an impatience. */
export function flightOf({ name, deadlineMs }: Pick<OriginFetch, 'name' | 'deadlineMs'>): string {
  return `${name} ${deadlineMs}`
}

/** Asks for everybody who comes with the same question meanwhile, or waits for the one who asked already. */
export async function fetchCollapsed(
  origin: OriginFetch,
  forward: ForwardReason,
): Promise<Served<UpstreamResponse>> {
  const { control, caller } = origin
  const flight = flightOf(origin)
  const mayJoin = !control.noCache && !control.onlyIfCached
  // A flight whose leader has left is given up after a while: of those who waited the first leads the next, the others join.
  for (let times = 0; times < 2 && mayJoin && isInFlight(flight); times++) {
    const answer = await joinFlight(flight, caller)
    if (answer) return { answer, outcome: { forward, collapsed: true }, shared: answer }
  }
  let stored = false
  const answer = await leadFlight(flight, caller, async (signal) => {
    const fresh = await origin.ask(signal)
    stored = fresh.kind === 'whole' && store(origin, fresh)
    return fresh
  })
  return { answer, outcome: { forward, stored } }
}

/** Asks for nobody else: a stream belongs to its request. Where that is to be kept, it is copied as it passes. */
export async function fetchAlone(
  origin: OriginFetch,
  forward: ForwardReason,
): Promise<Served<UpstreamResponse>> {
  const { framing, ttlSeconds, caller, keepAlive } = origin
  const tee = framing && ttlSeconds !== undefined ? teeStream(keepAlive) : undefined
  const answer = await origin.ask(caller, tee?.watcher)
  if (framing && tee && answer.kind === 'open') {
    const { status, headers } = answer
    keepAlive(
      tee.whole.then((bytes) => {
        const body = bytes && wholeBody(bytes, framing)
        if (body) store(origin, { kind: 'whole', status, headers: asJson(headers), body })
      }),
    )
  }
  if (!framing && answer.kind === 'whole') store(origin, answer)
  return { answer, outcome: { forward } }
}

/** The body of the non-stream answer; one without usage would leave the next caller without it, so it is none. */
function wholeBody(bytes: Uint8Array, framing: Framing): Uint8Array<ArrayBuffer> | undefined {
  const text = assemble(bytes, framing)
  return text !== undefined && usageOf(JSON.parse(text), ['usage']) ? bytesOf(text) : undefined
}

/** Keeps an answer behind the caller's back; returns whether it is one to keep. */
function store({ kv, name, ttlSeconds, stale, keepAlive }: OriginFetch, answer: WholeResponse): boolean {
  if (ttlSeconds === undefined || !isStorable(answer)) return false
  const graceSeconds = Math.max(stale.whileRevalidate, stale.ifError)
  keepAlive(writeEntry(kv, name, answer, ttlSeconds, graceSeconds, Date.now()))
  return true
}
