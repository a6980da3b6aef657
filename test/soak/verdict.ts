import type { Heard } from './caller.ts'
import type { FaultKind } from './faults.ts'
import { type Plan, REFUSALS } from './plan.ts'
import { STORM_MESSAGE, type UpstreamCall } from './proxy.ts'
import { countTokens, rightText } from './question.ts'
import { readBegun, readSaid, type Said, type Tokens } from './response.ts'

/** How a request ended; exactly one of these, and `unexplained` is a fault of the gateway. */
export type Category = 'answered' | 'refused' | 'truth' | 'left' | 'unexplained'

/** One row of the ledger: a request, what it was, and how it ended. */
export interface Row {
  plan: Plan
  category: Category
  status: number
  /** Answered from the cache, or with the answer to another request. */
  isShared: boolean
  /** It was refused by the gateway, or by its own fault failed before DashScope was asked. */
  isOwn: boolean
  /** What the answer said it used. */
  tokens: Tokens | undefined
  /** Tokens of the answer that a caller had read when it left, or when its stream broke. */
  readTokens: number
  /** Of the unexplained: what is wrong. */
  why: string
}

type Judgement = Pick<Row, 'category'> & { why?: string; tokens?: Tokens | undefined }

/** The statuses that a fault may end a request with, or an error event in a stream that had begun. */
const STATUSES: Readonly<Record<FaultKind, readonly number[]>> = {
  none: [],
  delay: [],
  trickle: [],
  drop: [502],
  cut: [502],
  reset: [502],
  // A silence that ends before the deadline is a broken connection.
  'half-open': [502, 504],
  storm: [429, 503],
}

/** Faults after which a stream has begun and must end with an error event. */
const BREAKS_MIDWAY: ReadonlySet<FaultKind> = new Set(['cut', 'reset'])

/**
 * Judges one request.
 *
 * @param calls what the proxy saw of its question, from everybody who asked it.
 */
export function judge(plan: Plan, heard: Heard, calls: readonly UpstreamCall[]): Row {
  const said = readSaid(heard.status, heard.text, plan.manner)
  const cacheStatus = String(heard.headers['cache-status'] ?? '')
  const isStorm = said.kind === 'error' && said.message === STORM_MESSAGE
  const { category, why = '', tokens } = categorise(plan, heard, said, calls)
  return {
    plan,
    category,
    status: heard.status,
    isShared: /; (hit|collapsed)\b/.test(cacheStatus),
    isOwn: heard.status >= 400 && heard.status < 500 && !isStorm,
    tokens,
    readTokens: category === 'left' || category === 'truth' ? readTokens(plan, heard) : 0,
    why: why && `${why}: ${heard.status} ${JSON.stringify(heard.text.slice(-600))}`,
  }
}

function categorise(plan: Plan, heard: Heard, said: Said, calls: readonly UpstreamCall[]): Judgement {
  if (heard.ending === 'left') return { category: 'left' }
  if (heard.ending === 'silent') return unexplained('the request never ended')
  if (heard.ending === 'broken') return judgeBrokenConnection(plan, heard, calls)
  if (said.kind === 'unreadable') return unexplained(said.why)
  if (said.kind === 'complete') return judgeResponse(plan, said.text, said.tokens, calls)
  if (heard.status === 200) return judgeBrokenStream(plan, said.text, calls)
  if (!expectedStatuses(plan, said.message, calls).has(heard.status))
    return unexplained('nothing explains the error')
  if (heard.status === 429 && !/^\d+$/.test(String(heard.headers['retry-after'])))
    return unexplained('a 429 without Retry-After')
  return { category: heard.status < 500 ? 'refused' : 'truth' }
}

function judgeResponse(
  plan: Plan,
  text: string,
  tokens: Tokens | undefined,
  calls: readonly UpstreamCall[],
): Judgement {
  if (text !== rightText(plan.text)) return unexplained('a wrong answer')
  if (!calls.some((call) => call.ending === 'whole' && call.status === 200))
    return unexplained('an answer that DashScope never gave whole')
  return { category: 'answered', tokens }
}

function judgeBrokenStream(plan: Plan, text: string, calls: readonly UpstreamCall[]): Judgement {
  if (!calls.some(({ fault }) => BREAKS_MIDWAY.has(fault)))
    return unexplained('an error event in a stream that was not broken')
  if (!rightText(plan.text).startsWith(text)) return unexplained('a wrong beginning of an answer')
  return { category: 'truth' }
}

/**
 * A connection may only break where an error event would be read as part of a line: in the middle of a line of a stream that
 * broke upstream. The client then knows that the answer is not complete, and has read no wrong word.
 */
function judgeBrokenConnection(
  plan: Plan,
  { status, text }: Heard,
  calls: readonly UpstreamCall[],
): Judgement {
  const isCut = calls.some(({ fault, ending }) => BREAKS_MIDWAY.has(fault) && ending === 'damaged')
  if (status !== 200 || !plan.manner.stream || !isCut) return unexplained('the connection broke')
  if (/(?:^|[\r\n])$/.test(text)) return unexplained('the connection broke between lines')
  const begun = readBegun(text, plan.manner)
  if (begun === undefined) return unexplained('the connection broke after something that is not an answer')
  if (!rightText(plan.text).startsWith(begun)) return unexplained('a wrong beginning of an answer')
  return { category: 'truth' }
}

function readTokens({ manner }: Plan, { status, text }: Heard): number {
  if (status !== 200 || !manner.stream) return 0
  // What follows the last whole event may be half of one, or an error event.
  return Math.floor(countTokens(readBegun(text, manner) ?? ''))
}

/** Every status that the plan, and what happened to the question's upstream calls, can explain. */
function expectedStatuses(plan: Plan, message: string, calls: readonly UpstreamCall[]): Set<number> {
  if (plan.refusal) return new Set([REFUSALS[plan.refusal]])
  if (plan.site === 'dns' || plan.site === 'tls') return new Set([502])
  if (plan.site === 'meter-throws' && plan.who === 'limited') return new Set([503])
  // A storm's own words have to come from a storm; what else says 429 is the gateway's own limit.
  if (message === STORM_MESSAGE) return new Set(calls.filter(isStorm).map(({ status }) => status))
  const statuses = new Set(calls.flatMap(({ fault }) => (fault === 'storm' ? [] : STATUSES[fault])))
  return plan.who === 'limited' ? statuses.add(429) : statuses
}

function isStorm({ fault }: UpstreamCall): boolean {
  return fault === 'storm'
}

function unexplained(why: string): Judgement {
  return { category: 'unexplained', why }
}
