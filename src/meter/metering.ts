import type { Usage } from '../dashscope/usage.ts'

/** A meter that failed is mostly back within seconds: Durable Objects restart elsewhere. */
export const METER_RETRY_AFTER_SECONDS = 2

/** Characters of a model's or a user's name in the usage; both come from callers. */
export const MAX_USAGE_NAME_CHARACTERS = 128

export type { Usage }

/** How a request ended. `refused`: DashScope itself said no; nothing was used. `open`: nobody watched the end. */
export type Ending = 'complete' | 'left' | 'broken' | 'refused' | 'cached' | 'open'

/** Who is metered: the key's own object, or the object of one of its end users. */
export interface Subject {
  keyId: string
  user?: string
}

/** What a request asks of a meter before it goes upstream. */
export interface Reservation {
  id: string
  nowMs: number
  /** Estimated tokens, input and output; settled with the real ones later. */
  tokens: number
  /** Estimated money in micros; 0 where no price is known. */
  money: number
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

/** A limit's state after a reservation, for the `RateLimit` headers. */
export interface LimitState {
  /** `requests_per_minute` and so on; `token_requests` and `token_tokens` for a session token's budget. */
  name: LimitName
  /** In the limit's own unit: requests, tokens, or money in the billing currency. */
  quota: number
  remaining: number
  /** Seconds of the window; 0 where there is none (requests in flight, a session token's budget). */
  windowSeconds: number
  /** Seconds until there is more room again; 0 where nobody can tell (requests in flight). */
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
      /** This request alone asks for more than the whole limit: waiting does not help, asking for less does. */
      tooLarge: boolean
      states: LimitState[]
    }

/** What is recorded when a request has ended. */
export interface Settlement {
  /** The reservation's id, where there was one. */
  reservation?: string
  /** When the request came in: its day is the one that is charged, also where the answer ends after midnight. */
  startedMs: number
  nowMs: number
  model: string
  /** The end user, or an empty text. */
  user: string
  ending: Ending
  usage: Usage
  /** Money in micros (millionths of the billing currency, whole, so that sums stay exact); undefined: no price known. */
  money: number | undefined
  /** What a cached answer would have cost; money in micros. */
  saved?: { tokens: number; money: number }
}
