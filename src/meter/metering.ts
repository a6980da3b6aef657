/** What one answer used; tokens as DashScope's `usage` names them. */
export interface Usage {
  input: number
  output: number
  /** Of the input, read from DashScope's own context cache. */
  cached: number
  /** Of the output, spent on thinking. */
  reasoning: number
  image: number
  video: number
  audio: number
  /** Set where DashScope named no usage and the figures were estimated from sizes. */
  estimated?: boolean
}

/** How a request ended. */
export type Ending = 'complete' | 'left' | 'broken' | 'refused' | 'cached'

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
  /** Estimated money. */
  money: number
  /** A reservation that is never settled counts until then. */
  expiresMs: number
}

/** A limit's state after a reservation, for the `RateLimit` headers. */
export interface LimitState {
  /** `requests_per_minute` and so on; `token_requests` and `token_tokens` for a session token's budget. */
  name: string
  quota: number
  remaining: number
  /** Seconds of the window, and until there is room again. */
  windowSeconds: number
  resetSeconds: number
}

export type Verdict =
  | { allowed: true; states: LimitState[] }
  /** `rate` passes by itself within a minute, `quota` with the day, the month or never. */
  | { allowed: false; kind: 'rate' | 'quota'; limit: string; retryAfterSeconds: number; states: LimitState[] }

/** What is recorded when a request has ended. */
export interface Settlement {
  /** The reservation's id, where there was one. */
  reservation?: string
  nowMs: number
  model: string
  user: string
  ending: Ending
  usage: Usage
  money: number
  /** What a cached answer would have cost. */
  saved?: { tokens: number; money: number }
}
