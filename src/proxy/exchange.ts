import type { Context } from 'hono'
import type { Env } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { dialectOfPath } from '../dashscope/endpoints.ts'
import type { Dialect } from '../errors.ts'
import { readAddress } from '../lib/address.ts'
import { headerText } from '../lib/header-map.ts'
import type { Principal } from '../policy/key-record.ts'
import { renamesModels } from '../policy/model-names.ts'
import type { Attempt } from '../upstream/attempt.ts'

/** The context of one request, from its arrival to its last byte. */
export interface Exchange {
  id: string
  method: string
  url: URL
  startedMs: number
  /** The dialect of errors, which follows the path. */
  dialect: Dialect
  /** Headers of every response from here on: CORS for an allowed page, the state of the caller's limits. */
  headers: Record<string, string>
  /** Milliseconds spent in each part of the work, for Server-Timing. */
  timings: [part: string, milliseconds: number][]
  /** What was sent to the caller, for the log, and when its head was; status 0 until something was. */
  response: { status: number; cache: string; atMs?: number }
  /** The caller, once it is authenticated. */
  principal: Principal | undefined
  /** The model that it asks for, once the body was read; empty before. */
  model: string
  /** The upstream calls that were made for it. */
  attempts: Attempt[]
  /** The task that it submitted, once what it is charged with is noted. */
  notedTask?: string
}

/** What Hono knows of a request: the bindings and the exchange. */
export interface AppEnv {
  Bindings: Env
  Variables: { exchange: Exchange }
}
export type EdgeContext = Context<AppEnv>

/** Gives a request its id and starts its clock. */
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

/** Waits for one part of the work and records how long it took. A Worker's clock only advances with I/O. */
export async function timed<T>(exchange: Exchange, part: string, work: Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    return await work
  } finally {
    exchange.timings.push([part, Date.now() - start])
  }
}

/** Notes who asks which model. Responses to a key that renames models name it, unless the request asks no model. */
export function noteRequest(
  exchange: Exchange,
  { principal, endpoint, model }: { principal: Principal; endpoint: Endpoint; model: string },
): void {
  exchange.principal = principal
  exchange.model = model
  if (endpoint.model === 'none' || !renamesModels(principal.policy)) return
  exchange.headers = { ...exchange.headers, ...modelHeader(model) }
}

/** Names the model that responded; none if it is the one that was asked. */
export function modelHeader(model: string | undefined): Record<string, string> {
  return model === undefined ? {} : { 'x-edge-model': headerText(model) }
}
