import { ruleOf } from '../dashscope/upstream-errors.ts'
import { type AttemptOptions, type AttemptResult, failureOf, responseOf } from './attempt.ts'
import { breakers, isModelOpen } from './breakers.ts'
import type { UpstreamResponse } from './response.ts'
import { retry } from './retry-loop.ts'
import type { UpstreamCall } from './upstream-call.ts'

/**
 * Sends a request to its model and, if the retry table gives up on it before the first byte, to its fallbacks in
 * turn. Each model gets its own attempts; they share one deadline.
 *
 * @param fallbackCall builds the same request for another model.
 * @returns the response, with `model` set if a fallback responded; if all models fail, the error of the first one.
 * @throws GatewayError as `fetchWithRetries`.
 */
export async function fetchWithFallbacks(
  call: UpstreamCall,
  fallbackCall: (model: string) => UpstreamCall,
  options: AttemptOptions,
): Promise<UpstreamResponse> {
  const untilMs = Date.now() + call.deadlines.totalMs
  let first: AttemptResult | undefined
  for (const model of inOrder(call, Date.now())) {
    const isFallback = model !== call.model
    const result = await retry(isFallback ? fallbackCall(model) : call, options, untilMs)
    if (isFallback && result.kind === 'final') return { ...result.response, model }
    if (!isFallback || !first) first = result
    if (!mayFallBack(result) || options.signal.aborted || Date.now() >= untilMs) break
  }
  if (!first) throw new Error('A request has at least its own model.')
  return responseOf(first)
}

/** The models in the order to try. Models with an open circuit breaker come last, since they will probably fail. */
function inOrder({ model, fallbacks, targets }: UpstreamCall, nowMs: number): string[] {
  const isOpen = targets.every((target) => isModelOpen(breakers, target, model, nowMs))
  return isOpen ? [...fallbacks, model] : [model, ...fallbacks]
}

/** A fallback helps if the model or its region failed, but not if the request or the key is at fault. */
function mayFallBack(result: AttemptResult): boolean {
  const failure = failureOf(result)
  const scope = failure && ruleOf(failure).scope
  return scope === 'model' || scope === 'region'
}
