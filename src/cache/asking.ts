import { assemble } from '../dashscope/stream/assemble.ts'
import type { Framing } from '../dashscope/stream/framing.ts'
import { usageOf } from '../dashscope/usage.ts'
import { bytesOf } from '../json/utf8.ts'
import { type Answer, asJson, type WholeAnswer } from '../relay/answer.ts'
import type { Watcher } from '../relay/stream.ts'
import { copyStream } from './copy.ts'
import { joinFlight, leadFlight } from './flight.ts'
import type { PlannedCache } from './plan.ts'
import type { Served } from './serve.ts'
import type { ForwardReason } from './status.ts'
import { isStorable, writeEntry } from './store.ts'

/** What is asked of DashScope, and where the answer is kept. */
export interface Asking extends PlannedCache {
  kv: KVNamespace
  caller: AbortSignal
  keepAlive: (work: Promise<unknown>) => void
  /**
   * Asks DashScope.
   *
   * @param signal ends the call when nobody waits for it any more.
   * @param watcher looks at a stream as it passes.
   */
  ask: (signal: AbortSignal, watcher?: Watcher) => Promise<Answer>
}

/** Asks for everybody who comes with the same question meanwhile, or waits for the one who asked already. */
export async function askTogether(asking: Asking, forward: ForwardReason): Promise<Served<Answer>> {
  const { name, control, caller } = asking
  if (!control.noCache && !control.onlyIfCached) {
    const answer = await joinFlight(name, caller)
    if (answer) return { answer, outcome: { forward, collapsed: true }, shared: answer }
  }
  const answer = await leadFlight(name, caller, async (signal) => {
    const fresh = await asking.ask(signal)
    if (fresh.kind === 'whole') store(asking, fresh)
    return fresh
  })
  const stored = asking.ttlSeconds !== undefined && answer.kind === 'whole' && isStorable(answer)
  return { answer, outcome: { forward, stored } }
}

/** Asks for nobody else: a stream belongs to its request. Where that is to be kept, it is copied as it passes. */
export async function askAlone(asking: Asking, forward: ForwardReason): Promise<Served<Answer>> {
  const { framing, ttlSeconds, caller, keepAlive } = asking
  const copy = framing && ttlSeconds !== undefined ? copyStream(keepAlive) : undefined
  const answer = await asking.ask(caller, copy?.watcher)
  if (framing && copy && answer.kind === 'open') {
    const { status, headers } = answer
    keepAlive(
      copy.whole.then((bytes) => {
        const body = bytes && wholeBody(bytes, framing)
        if (body) return store(asking, { kind: 'whole', status, headers: asJson(headers), body })
      }),
    )
  }
  if (!framing && answer.kind === 'whole') store(asking, answer)
  return { answer, outcome: { forward } }
}

/** The body of the non-stream answer; one without usage would leave the next caller without it, so it is none. */
function wholeBody(bytes: Uint8Array, framing: Framing): Uint8Array<ArrayBuffer> | undefined {
  const text = assemble(bytes, framing)
  return text !== undefined && usageOf(JSON.parse(text), ['usage']) ? bytesOf(text) : undefined
}

function store({ kv, name, ttlSeconds, stale, keepAlive }: Asking, answer: WholeAnswer): void {
  if (ttlSeconds === undefined || !isStorable(answer)) return
  const graceSeconds = Math.max(stale.whileRevalidate, stale.ifError)
  keepAlive(writeEntry(kv, name, answer, ttlSeconds, graceSeconds, Date.now()))
}
