import type { Target } from '../dashscope/targets.ts'
import type { Failure } from '../dashscope/upstream-errors.ts'
import { type Rule, ruleOf } from '../dashscope/upstream-errors.ts'
import { type AttemptOptions, type AttemptResult, attempt, failureOf, responseOf } from './attempt.ts'
import { breakers, noteAsked, noteFailed, noteResponded, openUntil } from './breakers.ts'
import { type CallSignal, nativeSignal } from './call-signal.ts'
import { hedged } from './hedge.ts'
import { latencies, latencyName, noteLatency, usualWithinMs } from './latency.ts'
import type { UpstreamResponse } from './response.ts'
import {
  afterFailure,
  type Choice,
  NOTHING_TRIED,
  nextTarget,
  type Repeatable,
  type RetryState,
  retryDelayMs,
} from './retry-policy.ts'
import { forgetOnlyStreams, onlyStreams, rememberOnlyStreams } from './stream-only.ts'
import { refusesForStream, teachesAboutStreams } from './stream-refusal.ts'
import type { UpstreamCall } from './upstream-call.ts'

/** If a probe is lost together with its caller, other requests are delayed no longer than this. */
export const PROBE_SECONDS = 30

/**
 * Sends a request to DashScope, and retries as the retry table says, until there is a response, the deadline has
 * passed or the caller has left. Nothing is sent to the caller before this returns.
 *
 * @returns DashScope's response; after several failures the last one, as DashScope sent it.
 * @throws GatewayError `upstream`, `timeout` and the like if the last attempt got no response.
 */
export async function fetchWithRetries(
  call: UpstreamCall,
  options: AttemptOptions,
): Promise<UpstreamResponse> {
  return responseOf(await retry(call, options, Date.now() + call.deadlines.totalMs))
}

/**
 * The attempts for one model.
 *
 * @param untilMs the deadline of the request, in milliseconds since 1970.
 * @returns the result of the last attempt; never rejects.
 */
export async function retry(
  call: UpstreamCall,
  options: AttemptOptions,
  untilMs: number,
): Promise<AttemptResult> {
  const { signal, attempts } = options
  const before = attempts.length
  let state: RetryState = { ...NOTHING_TRIED, asStream: isSentAsStream(call) }
  for (;;) {
    const { result, asked } = await attemptOrHedge(call, options, state, untilMs)
    const failure = failureOf(result)
    if (!failure || signal.aborted) return result
    if (learnAboutStreams(call, failure, state.asStream)) {
      // The model only supports streaming. Retry as a stream.
      state = { ...state, asStream: true }
      continue
    }
    const rule = ruleOf(failure)
    state = afterFailure({ ...state, tried: [...state.tried, ...asked] }, result.target, rule)
    const waitMs = delayOf(call, failure, rule, state, { attempts: attempts.length - before, untilMs })
    if (waitMs === undefined) return result
    if (waitMs > 0) await scheduler.wait(waitMs, { signal: nativeSignal(signal) }).catch(() => undefined)
    if (signal.aborted) return result
  }
}

/**
 * Whether a non-stream request is sent as a stream: its response is followed while it arrives, or DashScope has
 * refused such requests without streaming.
 */
function isSentAsStream({ aggregation }: UpstreamCall): boolean {
  return aggregation !== undefined && (aggregation.onFrame !== undefined || onlyStreams(aggregation.kind))
}

/** Records from a 400 whether such requests must be streams; true if this one is to be retried as a stream. */
function learnAboutStreams(
  { aggregation, bytes }: UpstreamCall,
  failure: Failure,
  wasStream: boolean,
): boolean {
  if (!aggregation || failure.status !== 400) return false
  if (wasStream) forgetOnlyStreams(aggregation.kind)
  if (wasStream || !refusesForStream(failure)) return false
  if (teachesAboutStreams(bytes)) rememberOnlyStreams(aggregation.kind)
  return true
}

function delayOf(
  call: UpstreamCall,
  { retryAfterMs }: Failure,
  rule: Rule,
  state: RetryState,
  { attempts, untilMs }: { attempts: number; untilMs: number },
): number | undefined {
  const nowMs = Date.now()
  const hasOther = call.targets.length > 1 && choose(call, state, nowMs).isFresh
  return retryDelayMs({
    rule,
    repeatable: repeatable(call),
    attempts,
    hasOther,
    retryAfterMs,
    nowMs,
    untilMs,
    random: Math.random(),
  })
}

/**
 * One attempt, or two if the first is hedged.
 *
 * @returns in `asked`, the target of the call, or both targets of a hedge whose second call was made.
 */
async function attemptOrHedge(
  call: UpstreamCall,
  options: AttemptOptions,
  state: RetryState,
  untilMs: number,
): Promise<{ result: AttemptResult; asked: Target[] }> {
  const nowMs = Date.now()
  const { target } = choose(call, state, nowMs)
  const send = async (to: Target, signal: CallSignal, claim?: () => boolean): Promise<AttemptResult> => {
    const startMs = Date.now()
    const limitMs = Math.min(call.deadlines.firstByteMs, untilMs - startMs)
    noteAsked(breakers, to, call.model, startMs, startMs + Math.min(limitMs, 1000 * PROBE_SECONDS))
    const { requestId, watcher, opened, attempts } = options
    const within = { requestId, watcher, opened, attempts, signal, limitMs, asStream: state.asStream, claim }
    const result = await attempt(call, to, within)
    // An attempt that the gateway aborted is no evidence about its target.
    if (!signal.aborted) note(call, result, Date.now() - startMs)
    return result
  }
  const hedge = state.tried.length === 0 ? hedgeOf(call, target, nowMs) : undefined
  if (!hedge) return { result: await send(target, options.signal), asked: [] }
  const { other, afterMs } = hedge
  const before = options.attempts.length
  const result = await hedged(
    [(signal, claim) => send(target, signal, claim), (signal, claim) => send(other, signal, claim)],
    afterMs,
    options.signal,
    ({ kind }) => kind === 'final',
  )
  return { result, asked: options.attempts.length > before + 1 ? [target, other] : [] }
}

/** The second region of a hedge and when to call it; undefined without a hedge. */
function hedgeOf(
  call: UpstreamCall,
  target: Target,
  nowMs: number,
): { other: Target; afterMs: number } | undefined {
  if (!call.config.hedge || call.targets.length === 1 || repeatable(call) !== 'freely') return undefined
  const afterMs = usualWithinMs(latencies.get(latencyName(target, call.model, call.stream)))
  const { target: other, isFresh } = choose(
    call,
    { ...NOTHING_TRIED, tried: [target], avoid: target.region },
    nowMs,
  )
  if (afterMs === undefined || !isFresh || other.region === target.region) return undefined
  return { other, afterMs }
}

function choose(call: UpstreamCall, { tried, avoid }: RetryState, nowMs: number): Choice {
  const { targets, model } = call
  if (targets.length === 1) return { target: targets[0], isFresh: tried.length === 0 }
  return nextTarget(targets, tried, (target) => openUntil(breakers, target, model, nowMs), avoid)
}

/** Records what an attempt shows about its target. */
function note(call: UpstreamCall, result: AttemptResult, milliseconds: number): void {
  // Batch Chat has its own host, so its failures are no evidence about the target's host.
  if (call.asBatchChat) return
  const { target } = result
  const failure = failureOf(result)
  const rule = failure && ruleOf(failure)
  if (result.kind !== 'failed' && (!rule || rule.retry === 'never')) {
    noteResponded(breakers, target, call.model)
    if (!rule && measures(call))
      noteLatency(latencies, latencyName(target, call.model, call.stream), milliseconds)
  } else if (rule && failure) noteFault(call, target, failure, rule)
}

/**
 * Ignores failures that the caller caused: timeouts by a short `X-Edge-Timeout`, models missing in a workspace that
 * the caller chose, and keys refused for the credential type named in `X-DashScope-AuthType`.
 */
function noteFault(call: UpstreamCall, target: Target, failure: Failure, rule: Rule): void {
  const hasOther = call.config.targets.length > 1 || call.fallbacks.length > 0
  if (!hasOther && rule.scope !== 'key') return
  if (failure.code === 'late' && call.deadlines.isShortened) return
  if (rule.lasting && call.namesWorkspace) return
  if (rule.scope === 'key' && call.headers.has('x-dashscope-authtype')) return
  const { code, retryAfterMs } = failure
  noteFailed(breakers, { target, model: call.model, rule, code, retryAfterMs, nowMs: Date.now() })
}

function measures({ config }: UpstreamCall): boolean {
  return config.targets.length > 1 && (config.hedge || config.route === 'fastest')
}

/**
 * When a request may be sent again. A task may have been accepted although the response was lost, so it is repeated
 * only if it was refused.
 */
function repeatable({ endpoint, asTask }: UpstreamCall): Repeatable {
  return asTask && endpoint.repeatable === 'freely' ? 'refused' : endpoint.repeatable
}
