import type { Context } from 'hono'
import type { Env } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { dialectOfPath } from '../dashscope/endpoints.ts'
import type { Dialect } from '../errors.ts'
import { readAddress } from '../lib/address.ts'
import { headerText } from '../lib/header-map.ts'
import type { Ending } from '../meter/settlement.ts'
import type { Principal } from '../policy/key-record.ts'
import { renamesModels } from '../policy/model-names.ts'
import type { Attempt } from '../upstream/attempt.ts'

/** The context of one request, from its arrival to its last byte. */
export interface Exchange {
  id: string
  method: string
  url: URL
  startedMs: number
  /** The dialect of errors, which depends on the path. */
  dialect: Dialect
  /** Headers for every response from now on: CORS for an allowed page, the state of the caller's limits. */
  headers: Record<string, string>
  /** Milliseconds of each part of the work, for Server-Timing. */
  timings: [part: string, milliseconds: number][]
  /** The response sent to the caller, for the log, and when its head was sent; status 0 before that. */
  response: { status: number; cache: string; atMs?: number }
  /** The caller, after it was authenticated. */
  principal: Principal | undefined
  /** The requested model; empty until the body was read. */
  model: string
  /** The upstream calls of the request. */
  attempts: Attempt[]
  /** The submitted task, after its charge was recorded. */
  notedTask?: string
}

/** The types of Hono's context: the bindings and the exchange. */
export interface AppEnv {
  Bindings: Env
  Variables: { exchange: Exchange }
}
export type EdgeContext = Context<AppEnv>

/** Starts an exchange: creates the request's id and starts its clock. */
export function beginExchange(address: string, method: string): Exchange {
  const url = readAddress(address)
  return {
    id: crypto.randomUUID(),
    method,
    url,
    startedMs: Date.now(),
    dialect: dialectOfPath(url.pathname),
    headers: {},
    timings: [],
    response: { status: 0, cache: '' },
    principal: undefined,
    model: '',
    attempts: [],
  }
}

/** Awaits one part of the work and records its duration. A Worker's clock advances only with I/O. */
export async function timed<T>(exchange: Exchange, part: string, work: Promise<T>): Promise<T> {
  const startMs = Date.now()
  try {
    return await work
  } finally {
    noteTiming(exchange, part, startMs)
  }
}

/** Records the duration of one part of the work, which ends now. */
export function noteTiming(exchange: Exchange, part: string, startMs: number): void {
  exchange.timings.push([part, Date.now() - startMs])
}

/**
 * Lets work finish although its caller leaves: the runtime drops a request then, but what DashScope has begun is billed
 * and must be settled.
 */
export function keptAlive<T>(c: EdgeContext, work: Promise<T>): Promise<T> {
  c.executionCtx.waitUntil(work.catch(() => undefined))
  return work
}

/** The status for the logs: 0 for a caller that left, who received neither an error nor the whole response. */
export function loggedStatus({ response }: Exchange, ending: Ending): number {
  return ending === 'left' ? 0 : response.status
}

/**
 * Records the caller and model of a request. Responses to a key with aliases or fallbacks name the model, if the
 * request has one.
 */
export function noteRequest(
  exchange: Exchange,
  { principal, endpoint, model }: { principal: Principal; endpoint: Endpoint; model: string },
): void {
  exchange.principal = principal
  exchange.model = model
  if (endpoint.model === 'none' || !renamesModels(principal.policy)) return
  exchange.headers = { ...exchange.headers, ...modelHeader(model) }
}

/** The header with the model that responded; empty if it is the requested one. */
export function modelHeader(model: string | undefined): Record<string, string> {
  return model === undefined ? {} : { 'x-edge-model': headerText(model) }
}
