import type { Region } from '../dashscope/regions.ts'
import type { Usage } from '../dashscope/usage.ts'
import type { Limits } from '../policy/key-record.ts'
import type { Spent } from './spent.ts'
import type { UsageSum } from './usage-sum.ts'

/** A meter that failed is mostly back within seconds: Durable Objects restart elsewhere. */
export const METER_RETRY_AFTER_SECONDS = 2

/** What a request asks of a meter before it goes upstream: an estimate, with money 0 if no price is known. */
export interface Reservation extends Spent {
  id: string
  nowMs: number
  /** Its tokens are used over hours: they count in every limit but that of a minute. */
  isDeferred?: boolean
  /** From then on the request is in flight no more; its estimate stays charged until a settlement corrects it. */
  expiresMs: number
}

/** What all requests with one session token together may use. */
export interface TokenBudget {
  tokenId: string
  requests?: number
  tokens?: number
  /** When the token ends, and with it the count. */
  expiresMs: number
}

/** A reservation with what a meter is to check it against. */
export interface ReservationRequest {
  limits: Limits
  budget?: TokenBudget
  reservation: Reservation
}

/** What a request really used, against the limits of a meter. */
export interface Charge extends Spent {
  /** When the request came in. */
  atMs: number
  nowMs: number
}

/** The report to a meter about a reserved request that has ended. */
export interface Settled extends Charge {
  reservation: string
  /** The task that it submitted, whose charge was noted. */
  task?: string
  /** Absent in the meter of an end user: usage is recorded in that of the key. */
  usage?: UsageSum
}

/** What the submit of a task was charged with: an estimate, until the result of the task says what it used. */
export interface TaskCharge {
  /** When it was submitted: its day is the one that is charged. */
  atMs: number
  model: string
  /** The end user, or an empty text. */
  user: string
  endpoint: string
  /** The region that runs it. */
  region: Region
  /** The session token with whose budget it was made. */
  session?: string
  /**
   * The request that submitted it, while its own usage is not recorded. A crash may lose that usage, but not this note, so the
   * correction then records all that the task used.
   */
  unrecorded?: string
  /** How the result is seen even if no caller asks for it; undefined if something else watches the task. */
  lookUp?: TaskLookUp
  usage: Usage
  /** Nanos; undefined if no price is known. */
  money: number | undefined
}

/** Where the result of a task is, and the meters that it corrects. */
export interface TaskLookUp {
  /** The id of the target that runs the task. */
  home: string
  /** The path of the lookup. */
  path: string
  /** The names of the meters that were charged. */
  meters: string[]
}

/** What has to be changed once the result of a task is seen. */
export interface TaskCorrection extends Charge {
  session?: string
  /** The difference between what the task used and what it was charged with; absent in the meter of an end user. */
  usage?: UsageSum
  /** All that the task used, with the request that submitted it. */
  whole: { spent: Spent; usage: UsageSum }
}

/** A limit's state after a reservation, for the `RateLimit` headers. */
export interface LimitState {
  /** `requests_per_minute` and so on; `token_requests` and `token_tokens` for a session token's budget. */
  name: LimitName
  /** In the limit's own unit: requests, tokens, seconds, characters, or money in the billing currency. */
  quota: number
  remaining: number
  /** Seconds of the window; 0 if there is none (requests in flight, a session token's budget). */
  windowSeconds: number
  /** Seconds until there is more room again; 0 if it is not known (requests in flight). */
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
      /** `rate` passes by itself within a minute, `quota` with the day, the month or never. */
      kind: 'rate' | 'quota'
      /** The limit that keeps the request waiting longest. */
      limit: LimitName
      retryAfterSeconds: number
      /** Set if this request alone asks for more than the whole limit: waiting does not help, asking for less does. */
      tooLarge?: { asked: number; quota: number }
      states: LimitState[]
    }
