import type { Usage } from '../dashscope/usage.ts'
import type { KeptRequest } from './kept-request.ts'
import type { RequestRow } from './request-row.ts'

/**
 * How a request ended. `complete`: as it should. `left`: the caller disconnected. `broken`: the response broke off, or
 * there was none because of a failure. `refused`: DashScope or the gateway refused the request, without usage. `cut`:
 * the gateway ended a task or session on a WebSocket because of a limit or rule. `cached`: with a stored response, or
 * one shared with another request. `open`: the end was not observed.
 */
export type Ending = 'complete' | 'left' | 'broken' | 'refused' | 'cut' | 'cached' | 'open'

/** The final usage of a request. */
export interface Settlement {
  /** The id of the reservation, if any, or of a request that submitted a task. */
  reservation?: string
  /** The submitted task whose charge was recorded. */
  task?: string
  /** When the request arrived: that day is charged, even if the response ends after midnight. */
  startedMs: number
  nowMs: number
  model: string
  /** The end user, or an empty text. */
  user: string
  ending: Ending
  /** Part of a continuing session, which does not count as a request. */
  isContinued?: boolean
  usage: Usage
  /** Money in nanos (billionths of the billing currency, whole, so that sums stay exact); undefined: no price known. */
  money: number | undefined
  /** What a cached response would have cost; money in nanos. */
  saved?: { tokens: number; money: number }
  /** The name of the endpoint; undefined: empty. */
  endpoint?: string
  /** The region that responded; undefined if the response came from the cache or the gateway refused the request. */
  region?: string
  /** The response, for the counts of errors and latencies; undefined: it is not counted. */
  response?: SettledResponse
  /** The row of the request log; undefined: the request is not logged. */
  row?: RequestRow
  /** Its body and response; undefined: they are not kept. */
  kept?: KeptRequest
}

/** A response as seen by the caller. */
export interface SettledResponse {
  /** HTTP status; 0 if the caller left before there was one. */
  status: number
  /** DashScope's code, or the gateway's in its native form. */
  code?: string
  /** The gateway's own reason. */
  reason?: string
  /** Milliseconds from the arrival of the request; undefined if there was no first byte. */
  firstMs?: number
  totalMs: number
}
