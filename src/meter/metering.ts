import type { Region } from '../dashscope/regions.ts'
import type { Usage } from '../dashscope/usage.ts'
import type { Limits } from '../policy/key-record.ts'
import type { Spent } from './spent.ts'
import type { UsageSum } from './usage-sum.ts'

/** A failed meter is usually back within seconds: Durable Objects restart elsewhere. */
export const METER_RETRY_AFTER_SECONDS = 2

/** A reservation of a request's estimated usage; money is 0 if no price is known. */
export interface Reservation extends Spent {
  id: string
  nowMs: number
  /** Its tokens are spread over hours: they count in every limit except the one per minute. */
  isDeferred?: boolean
  /** When the request stops counting as in flight; its estimate stays charged until a settlement corrects it. */
  expiresMs: number
}

/** The budget of all requests with one session token. */
export interface TokenBudget {
  tokenId: string
  requests?: number
  tokens?: number
  /** When the token expires, and with it the count. */
  expiresMs: number
}

/** A reservation and the limits to check it against. */
export interface ReservationRequest {
  limits: Limits
  budget?: TokenBudget
  reservation: Reservation
}

/** The actual usage of a request, for the limits of a meter. */
export interface Charge extends Spent {
  /** When the request arrived. */
  atMs: number
  nowMs: number
}

/** The report to a meter about a reserved request that has ended. */
export interface Settled extends Charge {
  reservation: string
  /** The submitted task whose charge was recorded. */
  task?: string
  /** Undefined in the meter of an end user: usage is recorded in that of the key. */
  usage?: UsageSum
}

/** The charge of a submitted task: an estimate, until the result of the task reports its usage. */
export interface TaskCharge {
  /** When it was submitted: the charge belongs to that day. */
  atMs: number
  model: string
  /** The end user, or an empty text. */
  user: string
  endpoint: string
  /** The region of the task. */
  region: Region
  /** The session token whose budget was charged. */
  session?: string
  /**
   * The id of the submitting request, until its usage is recorded. A crash may lose that usage, but not this id, so
   * that the correction then records the whole usage of the task.
   */
  unrecorded?: string
  /** How to look up the result if no caller does; undefined if something else watches the task. */
  lookUp?: TaskLookUp
  usage: Usage
  /** In nanos; undefined if no price is known. */
  money: number | undefined
}

/** Where to look up a task's result, and the meters to correct. */
export interface TaskLookUp {
  /** The id of the target that runs the task. */
  home: string
  /** The path of the lookup. */
  path: string
  /** The names of the charged meters. */
  meters: string[]
}

/** The correction of a charge after the result of the task is known. */
export interface TaskCorrection extends Charge {
  session?: string
  /** The difference between the usage of the task and its charge; undefined in the meter of an end user. */
  usage?: UsageSum
  /** The whole usage of the task, including the submitting request. */
  whole: { spent: Spent; usage: UsageSum }
}

/** A limit's state after a reservation, for the `RateLimit` headers. */
export interface LimitState {
  /** `requests_per_minute` and so on; `token_requests` and `token_tokens` for a session token's budget. */
  name: LimitName
  /** In the limit's own unit: requests, tokens, seconds, characters, or money in the billing currency. */
  quota: number
  remaining: number
  /** Seconds of the window; 0 for limits without a window (requests in flight, a session token's budget). */
  windowSeconds: number
  /** Seconds until there is more room again; 0 if unknown (requests in flight). */
  resetSeconds: number
}

export type LimitName =
  | 'requests_per_minute'
  | 'tokens_per_minute'
  | 'requests_in_flight'
  | 'tokens_per_day'
  | 'tokens_per_month'
  | 'money_per_day'
  | 'money_per_month'
  | 'audio_seconds_per_day'
  | 'characters_per_day'
  | 'token_requests'
  | 'token_tokens'

export type Verdict =
  | { allowed: true; states: LimitState[] }
  | {
      allowed: false
      /** `rate` limits reset within a minute, `quota` limits with the day, the month or never. */
      kind: 'rate' | 'quota'
      /** The limit with the longest wait. */
      limit: LimitName
      retryAfterSeconds: number
      /** Set if this request alone exceeds the whole limit, so that waiting does not help. */
      tooLarge?: { asked: number; quota: number }
      states: LimitState[]
    }
