import { type Failure, failureIn } from '../dashscope/failure.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Target } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import { relayAsWhole } from './aggregate.ts'
import { upstreamIdIn } from './headers.ts'
import { relay } from './relay-response.ts'
import type { UpstreamResponse } from './response.ts'
import { type UpstreamCall, upstreamRequest } from './upstream-call.ts'
import type { Watcher } from './watcher.ts'

/** One upstream call of a request, as the log tells it. */
export interface Attempt {
  /** The target's id. */
  to: string
  region: Region
  /** DashScope's status; `lost`, `late`, or `aborted` where another region won or the caller left; empty while it is under way. */
  outcome: string
  /** DashScope's code, where it was an error. */
  code?: string
  /** DashScope's name for it; each attempt has its own. */
  upstream_request?: string
  milliseconds: number
}

/** How an attempt ended: with an answer or an error, and either may be a failure of DashScope's. */
export type Outcome = { target: Target; failure: Failure | undefined } & (
  | { answer: UpstreamResponse }
  | { error: unknown }
)

/** What every attempt of a request needs. */
export interface AttemptOptions {
  requestId: string
  signal: AbortSignal
  watcher?: Watcher | undefined
  /** Each attempt is added when it begins. */
  attempts: Attempt[]
}

/** Asks one target once, within `deadlineMs`. Never rejects. */
export async function attempt(
  call: UpstreamCall,
  target: Target,
  options: AttemptOptions & { deadlineMs: number; claim?: () => boolean },
): Promise<Outcome> {
  const startMs = Date.now()
  const made: Attempt = { to: target.id, region: target.region, outcome: '', milliseconds: 0 }
  options.attempts.push(made)
  try {
    const { endpoint, deadlines, aggregation } = call
    const request = upstreamRequest(call, target)
    const within = { ...options, endpoint, idleMs: deadlines.idleMs }
    const answer = await (aggregation ? relayAsWhole(request, within, aggregation) : relay(request, within))
    made.outcome = String(answer.status)
    const requestId = upstreamIdIn(answer.headers)
    if (requestId !== undefined) made.upstream_request = requestId
    if (answer.kind === 'open' || answer.status < 400) return { target, failure: undefined, answer }
    const failure = failureIn(answer.status, answer.headers, answer.body, Date.now())
    made.code = failure.code
    return { target, failure: answer.isPaid ? undefined : failure, answer }
  } catch (error) {
    const fault = error instanceof GatewayError ? error.upstream : undefined
    made.outcome = options.signal.aborted ? 'aborted' : String(fault?.code || fault?.status || 'nonsense')
    return { target, failure: fault?.isPaid ? undefined : fault && { ...fault, message: '' }, error }
  } finally {
    made.milliseconds = Date.now() - startMs
  }
}

/** The answer of an outcome. Throws the error where there is none. */
export function resultOf(outcome: Outcome): UpstreamResponse {
  if ('answer' in outcome) return outcome.answer
  throw outcome.error
}

/** The attempt whose answer the caller got; where none brought one, the last. */
export function respondingAttempt(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ outcome }) => outcome.startsWith('2')) ?? attempts.at(-1)
}

/** The header `X-Edge-Attempts` (an RFC 9651 item): how many, and how each ended, `2;path="beijing=503, singapore=200"`. */
export function attemptsHeader(attempts: readonly Attempt[]): string {
  const path = attempts.map(({ region, outcome }) => `${region}=${outcome || 'aborted'}`).join(', ')
  return `${attempts.length};path="${path}"`
}
