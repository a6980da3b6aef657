/** A limit of a key in `GET /edge/me` and the `RateLimit` headers. */
export interface LimitLeft {
  /** `requests_per_minute`, `money_per_day`, …; `budget_…` for a session token. */
  name: string
  quota: number
  remaining: number
  window_seconds?: number
  reset_seconds?: number
}

/** The members of `GET /edge/me` about the gateway itself. */
export interface GatewayFacts {
  currency?: string
  /** The time zone of days of usage; hours are named in UTC. */
  time_zone?: string
  version?: string
  /** Rows in the request log of a key; 0: it is off. */
  request_log?: number
  max_body_bytes?: number
}

/** `GET /edge/me`. */
export interface Me extends GatewayFacts {
  kind: 'key' | 'token' | 'operator'
  id?: string
  name?: string
  user?: string
  expires_at?: string
  models?: string[]
  endpoints?: string[]
  regions?: string[]
  origins?: string[]
  limits_left?: LimitLeft[]
  [policyField: string]: unknown
}

/** A client key in the operator's endpoints. */
export interface KeyRecord {
  id: string
  name: string
  created_at: string
  expires_at?: string
  disabled?: boolean
  models?: string[]
  limits?: Record<string, number>
  [policyField: string]: unknown
}

/** One row of `GET /edge/usage`: the dimensions that it was grouped by, and the sums. */
export interface UsageRow {
  day?: string
  hour?: string
  model?: string
  key?: string
  name?: string
  user?: string
  endpoint?: string
  region?: string
  requests: number
  input_tokens: number
  output_tokens: number
  [measure: string]: string | number | undefined
}

/** `GET /edge/usage`. */
export interface UsageReport {
  from: string
  to: string
  currency: string
  group_by: string[]
  rows: UsageRow[]
  total: UsageRow
  /** Set if a report covers only the most recently used keys. */
  partial?: { keys_asked: number; keys: number }
  /** Keys whose meter failed. */
  failed?: string[]
  /** The cursor of the next page, if any. */
  cursor?: string
}

/** One upstream attempt. */
export interface Attempt {
  region?: string
  /** The status of DashScope's response, or a word such as `timeout`. */
  status?: number | string
  code?: string
  ms?: number
  [more: string]: unknown
}

/** One row of `GET /edge/requests`; it contains no prompt and no response. */
export interface RequestRow {
  seq?: number
  id: string
  started_at: string
  key?: string
  user?: string
  endpoint?: string
  model?: string
  asked?: string
  stream?: boolean
  status: number
  ending?: string
  code?: string
  reason?: string
  cache?: string
  age?: number
  first_ms?: number
  total_ms?: number
  input?: number
  output?: number
  cached?: number
  reasoning?: number
  estimated?: boolean
  money?: number
  saved_money?: number
  attempts?: Attempt[]
  region?: string
  token?: string
  /** The body is kept; `GET /edge/requests/{id}` has it. */
  has_body?: boolean
  body?: KeptText
  answer?: KeptText
}

/** A body or a response that the gateway keeps, at most 16 kB of it. */
export interface KeptText {
  text: string
  cut?: boolean
}

/** Money per million tokens, for inputs of at most `up_to` tokens. */
export interface PriceTier {
  input?: number
  output?: number
  thinking?: number
  cached?: number
  up_to?: number
}

/** `GET /edge/prices`; a model without `input` is billed in other units. */
export interface PriceList {
  currency: string
  prices: Record<string, PriceTier & { tiers?: PriceTier[] }>
  units: Record<string, string>
}

/** `POST /edge/explain`: the rule that would refuse the request, or how it would be served. */
export type Explanation =
  | {
      allowed: false
      status: number
      code: string
      reason: string
      rule: string | null
      param: string | null
      limit?: LimitLeft
      message: string
    }
  | {
      allowed: true
      endpoint: string
      model: string
      fallbacks: string[]
      region: string
      cache: { result: 'hit' | 'miss' | 'bypass'; age_seconds?: number }
      estimate: { input_tokens: number; output_tokens: number; money: number | null; currency: string }
    }

/** One finding of `GET /edge/health?deep=1`. */
export interface Finding {
  check: string
  ok: boolean
  says: string
  /** How to fix it; with `ok`, the finding is a warning. */
  fix?: string
}
