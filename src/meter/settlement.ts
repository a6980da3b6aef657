import type { Usage } from '../dashscope/usage.ts'
import type { RequestRow } from './request-row.ts'

/** How a request ended. `refused`: DashScope itself said no; nothing was used. `open`: the end was not watched. */
export type Ending = 'complete' | 'left' | 'broken' | 'refused' | 'cached' | 'open'

/** What a request used that has ended. */
export interface Settlement {
  /** The reservation's id, if there was one, or the id of a request that submitted a task. */
  reservation?: string
  /** The task that it submitted, whose charge was noted. */
  task?: string
  /** When the request came in: its day is charged, even if the response ends after midnight. */
  startedMs: number
  nowMs: number
  model: string
  /** The end user, or an empty text. */
  user: string
  ending: Ending
  /** A slice of a continuing session, which does not count as a request. */
  isContinued?: boolean
  usage: Usage
  /** Money in nanos (billionths of the billing currency, whole, so that sums stay exact); undefined: no price known. */
  money: number | undefined
  /** What a cached answer would have cost; money in nanos. */
  saved?: { tokens: number; money: number }
  /** The name of the endpoint; absent: empty. */
  endpoint?: string
  /** The region that responded; absent if the response came from the cache, or the gateway refused. */
  region?: string
  /** How the response was, for the counts of errors and latencies; absent: they count nothing. */
  response?: SettledResponse
  /** The row of the request log; absent: the request is not logged. */
  row?: RequestRow
}

/** A response as the caller saw it. */
export interface SettledResponse {
  /** HTTP status; 0 if the caller left before there was one. */
  status: number
  /** DashScope's code, or the gateway's in its native form. */
  code?: string
  /** The gateway's own reason. */
  reason?: string
  /** Milliseconds from the arrival of the request; absent if no first byte was seen. */
  firstMs?: number
  totalMs: number
}
