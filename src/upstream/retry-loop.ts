import type { Failure } from '../dashscope/failure.ts'
import { type Rule, ruleOf } from '../dashscope/retry.ts'
import type { Target } from '../dashscope/targets.ts'
import { type AttemptOptions, attempt, type Outcome, resultOf } from './attempt.ts'
import { breakers, noteAnswered, noteAsked, noteFailed, openUntil } from './breakers.ts'
import { hedged } from './hedge.ts'
import { latencies, latencyName, noteLatency, usualWithinMs } from './latency.ts'
import type { UpstreamResponse } from './response.ts'
import { type Choice, nextTarget, type Repeatable, retryDelayMs } from './retry-policy.ts'
import { onlyStreams } from './stream-only.ts'
import type { UpstreamCall } from './upstream-call.ts'

/** A probe that is lost with its caller holds nobody up for longer. */
export const PROBE_SECONDS = 30

/**
 * Asks DashScope, and asks again where that helps, until there is an answer, the caller's time is over or the caller has
 * left. Nothing of an answer has gone to the caller before this returns.
 *
 * @returns DashScope's answer; of several failures the last one, as DashScope sent it.
 * @throws GatewayError `upstream`, `timeout` and the like where the last attempt brought no answer.
 */
export async function fetchWithRetries(
  call: UpstreamCall,
  options: AttemptOptions,
): Promise<UpstreamResponse> {
  const { signal } = options
  const deadlineMs = Date.now() + call.deadlines.totalMs
  const tried: Target[] = []
  let avoid: string | undefined
  for (;;) {
    const asStream = isAskedAsStream(call)
    const outcome = await attemptOrHedge(call, options, { tried, avoid, deadlineMs })
    const { target, failure } = outcome
    if (!failure || signal.aborted) return resultOf(outcome)
    // It was refused for nothing but that it was no stream, and will be one from now on.
    if (!asStream && failure.status === 400 && isAskedAsStream(call)) continue
    const rule = ruleOf(failure)
    if (!tried.includes(target)) tried.push(target)
    // A region without the model has it under no key.
    avoid = rule.scope === 'region' || (rule.scope === 'model' && rule.lasting) ? target.region : undefined
    const nowMs = Date.now()
    const waitMs = retryDelayMs({
      rule,
      repeatable: repeatable(call),
      attempts: options.attempts.length,
      hasOther: call.targets.length > 1 && choose(call, tried, avoid, nowMs).isFresh,
      retryAfterMs: failure.retryAfterMs,
      nowMs,
      deadlineMs,
      random: Math.random(),
    })
    if (waitMs === undefined) return resultOf(outcome)
    if (waitMs > 0) await scheduler.wait(waitMs, { signal }).catch(() => undefined)
    if (signal.aborted) return resultOf(outcome)
  }
}

/** Whether a request for a whole answer is asked as a stream, because its kind was refused otherwise. */
function isAskedAsStream({ aggregation }: UpstreamCall): boolean {
  return aggregation !== undefined && onlyStreams(aggregation.kind)
}

interface Progress {
  tried: Target[]
  avoid: string | undefined
  deadlineMs: number
}

/** One attempt, or two where the first is hedged. */
async function attemptOrHedge(
  call: UpstreamCall,
  options: AttemptOptions,
  { tried, avoid, deadlineMs }: Progress,
): Promise<Outcome> {
  const nowMs = Date.now()
  const { target } = choose(call, tried, avoid, nowMs)
  const ask = async (to: Target, signal: AbortSignal, claim?: () => boolean): Promise<Outcome> => {
    const startMs = Date.now()
    const limitMs = Math.min(call.deadlines.firstByteMs, deadlineMs - startMs)
    noteAsked(breakers, to, call.model, startMs, startMs + Math.min(limitMs, 1000 * PROBE_SECONDS))
    const outcome = await attempt(call, to, {
      ...options,
      signal,
      deadlineMs: limitMs,
      ...(claim && { claim }),
    })
    // An attempt that was ended from here says nothing of its target.
    if (!signal.aborted) note(call, outcome, Date.now() - startMs)
    return outcome
  }
  const hedge = tried.length === 0 ? hedgeOf(call, target, nowMs) : undefined
  if (!hedge) return ask(target, options.signal)
  const { other, afterMs } = hedge
  const before = options.attempts.length
  return hedged(
    [(signal, claim) => ask(target, signal, claim), (signal, claim) => ask(other, signal, claim)],
    afterMs,
    options.signal,
    (outcome) => 'answer' in outcome && !outcome.failure,
  ).then((outcome) => {
    if (options.attempts.length > before + 1) tried.push(target, other)
    return outcome
  })
}

/** The second region of a hedge and when it is asked; undefined where the first is asked alone. */
function hedgeOf(
  call: UpstreamCall,
  target: Target,
  nowMs: number,
): { other: Target; afterMs: number } | undefined {
  if (!call.config.hedge || call.targets.length === 1 || repeatable(call) !== 'freely') return undefined
  const afterMs = usualWithinMs(latencies.get(latencyName(target, call.model, call.stream)))
  const { target: other, isFresh } = choose(call, [target], target.region, nowMs)
  if (afterMs === undefined || !isFresh || other.region === target.region) return undefined
  return { other, afterMs }
}

function choose(
  call: UpstreamCall,
  tried: readonly Target[],
  avoid: string | undefined,
  nowMs: number,
): Choice {
  const { targets, model } = call
  if (targets.length === 1) return { target: targets[0], isFresh: tried.length === 0 }
  return nextTarget(targets, tried, (target) => openUntil(breakers, target, model, nowMs), avoid)
}

/** Keeps in mind what an attempt says of its target. */
function note(call: UpstreamCall, outcome: Outcome, milliseconds: number): void {
  const { target, failure } = outcome
  const rule = failure && ruleOf(failure)
  if ('answer' in outcome && (!rule || rule.retry === 'never')) {
    noteAnswered(breakers, target, call.model)
    if (!rule && measures(call))
      noteLatency(latencies, latencyName(target, call.model, call.stream), milliseconds)
  } else if (rule) noteFault(call, target, failure, rule)
}

/** Whoever is too slow for an impatient caller, or lacks what a workspace of the caller's own choice lacks, is not to blame. */
function noteFault(call: UpstreamCall, target: Target, failure: Failure, rule: Rule): void {
  if (call.config.targets.length === 1 && rule.scope !== 'key') return
  if (failure.code === 'late' && call.deadlines.isShortened) return
  if (rule.lasting && call.namesWorkspace) return
  const { code, retryAfterMs } = failure
  noteFailed(breakers, { target, model: call.model, rule, code, retryAfterMs, nowMs: Date.now() })
}

function measures({ config }: UpstreamCall): boolean {
  return config.targets.length > 1 && (config.hedge || config.route === 'fastest')
}

/**
 * How often a request may be sent. A task that was submitted may have been accepted although the answer was lost, an
 * application may act on the world, a file may have been deleted; an upload is large, and its account has one place for it.
 */
function repeatable({ endpoint, asTask }: UpstreamCall): Repeatable {
  const { family, method, ownership } = endpoint
  if (method === 'GET') return 'freely'
  if (family === 'file') return 'never'
  const isAct = asTask || family === 'submit' || family === 'app' || ownership?.action === 'read'
  return isAct ? 'refused' : 'freely'
}
