import { parsePrices } from './dashscope/price-overrides.ts'
import type { Billing } from './dashscope/prices.ts'
import { REGION, type Region } from './dashscope/regions.ts'
import { type RegionVariables, readTargets, type Targets } from './dashscope/targets.ts'
import { GatewayError } from './errors.ts'
import { type Issuer, readIssuers } from './policy/issuers.ts'
import { isOriginPattern } from './policy/origins.ts'
import { MAX_CACHE_TTL_SECONDS } from './policy/schema/key.ts'

/** An isolate has 128 MB for everything; a 20 MiB body is held about three times while it is read and checked. */
const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024

/** The lifetime of a cached answer unless the operator or the caller says otherwise. */
const DEFAULT_CACHE_TTL_SECONDS = 3600

/** Grace behind a lifetime is a bridge over an outage; a week-old answer to a new question is none. */
const MAX_STALE_SECONDS = 604_800

/**
 * DashScope ends a non-stream request after 300 s (error page, `RequestTimeOut`), some models later. Twice that passes
 * DashScope's own error on, and still frees a caller whose connection died without a word.
 */
const DEFAULT_FIRST_BYTE_DEADLINE_SECONDS = 600

/** Shorter admin tokens can be guessed. */
export const MIN_ADMIN_TOKEN_CHARACTERS = 16

/** The bindings of the Worker as `wrangler.toml` and the secrets give them: strings, unchecked. */
export interface Env extends RegionVariables {
  KEYS: KVNamespace
  CACHE: KVNamespace
  METER: DurableObjectNamespace
  REGISTRY: DurableObjectNamespace
  FLOW: Workflow
  LEDGER: DurableObjectNamespace
  POLLER: DurableObjectNamespace
  DASHSCOPE_API_KEY?: string
  ADMIN_TOKEN?: string
  ADMIN_TOKEN_PREVIOUS?: string
  TURNSTILE_SECRET?: string
  TURNSTILE_VERIFY_URL?: string
  JWT_ISSUERS?: string
  DASHSCOPE_BASE_URL?: string
  REGIONS?: string
  ROUTE?: string
  HEDGE?: string
  CACHE_TTL_SECONDS?: string
  CACHE_STREAMS?: string
  CACHE_STALE_SECONDS?: string
  CACHE_STALE_IF_ERROR_SECONDS?: string
  STREAM_ONLY_MODELS?: string
  MAX_BODY_BYTES?: string
  ALLOWED_ORIGINS?: string
  PUBLIC_URLS?: string
  UPSTREAM_TIMEOUT_SECONDS?: string
  LIMITS_FAIL?: string
  PRICES?: string
  LOG_BODIES?: string
  JOB_RETENTION_DAYS?: string
  WEBHOOK_RETRIES?: string
  WEBHOOK_TIMEOUT_MS?: string
  WEBHOOK_ALLOW_LOOPBACK?: string
  TASK_POLL_QPS?: string
  /** Optional: counts the refusals of an address. */
  BRAKE?: RateLimit
  /** Optional: a dataset that gets one data point a request. */
  ANALYTICS?: AnalyticsEngineDataset
}

/** How the regions of a request are ordered. */
export type Route = 'order' | 'nearest' | 'fastest'

/** Every variable and secret, checked. */
export interface Config {
  adminToken: string | undefined
  /** Still verifies session tokens, so that changing ADMIN_TOKEN throws nobody out; opens nothing else. */
  adminTokenPrevious: string | undefined
  turnstileSecret: string | undefined
  turnstileVerifyUrl: string
  /** Whose JWTs keys may trust. */
  issuers: readonly Issuer[]
  /** Where it may ask. */
  targets: Targets
  route: Route
  /** Whether a second region is asked when the first is slower than usual. */
  hedge: boolean
  cacheTtlSeconds: number
  /** Whether streams are looked up in the cache, unless a key says otherwise. */
  cacheStreams: boolean
  /** How long behind its lifetime a cached answer is served while a fresh one is fetched, and when DashScope fails. */
  stale: { whileRevalidate: number; ifError: number }
  /** What becomes of a non-stream request to a model that only streams. */
  streamOnlyModels: 'aggregate' | 'refuse'
  maxBodyBytes: number
  allowedOrigins: readonly string[]
  /** The gateway's own origins; a session token of one works at all of them. */
  publicUrls: readonly string[]
  /** All attempts of a request together. */
  firstByteDeadlineMs: number
  /** The first one, in whose currency money is counted. */
  region: Region
  billing: Billing
  /** What a meter that does not answer means for a request with limits. */
  limitsFail: 'refuse' | 'allow'
  logBodies: boolean
  /** How long jobs are kept after their creation. */
  jobRetentionDays: number
  webhooks: {
    /** Seconds before the second, third, … try of a message. */
    retries: readonly number[]
    timeoutMs: number
    /** Whether receivers on the gateway's own machine are allowed: for development. */
    allowLoopback: boolean
  }
  /** Look-ups of tasks a second in one DashScope account; DashScope allows 20, clients' own included. */
  taskPollQps: number
}

/** Standard Webhooks' schedule as Svix runs it: eight tries within 27.6 hours. */
const DEFAULT_WEBHOOK_RETRIES = '5,300,1800,7200,18000,36000,36000'

/** Turnstile, "Validate the token". */
const SITEVERIFY_URL = 'https://challenges.cloudflare.com/turnstile/v0/siteverify'

const known = new WeakMap<Env, Config>()

/**
 * Reads the variables and secrets once per isolate.
 *
 * @throws GatewayError `internal` that names the variable and what it must look like.
 */
export function readConfig(env: Env): Config {
  const before = known.get(env)
  if (before) return before
  try {
    const config = readTexts(env)
    known.set(env, config)
    return config
  } catch (thrown) {
    throw thrown instanceof TypeError ? notTexts(env) : thrown
  }
}

function readTexts(env: Env): Config {
  const targets = readTargets(env)
  const { region } = targets[0]
  return {
    adminToken: readAdminToken(env.ADMIN_TOKEN),
    adminTokenPrevious: longSecret(env.ADMIN_TOKEN_PREVIOUS, 'ADMIN_TOKEN_PREVIOUS'),
    turnstileSecret: env.TURNSTILE_SECRET?.trim() || undefined,
    turnstileVerifyUrl: address(env.TURNSTILE_VERIFY_URL?.trim() || SITEVERIFY_URL, 'TURNSTILE_VERIFY_URL'),
    issuers: readIssuers(env.JWT_ISSUERS),
    targets,
    route: oneOf(env.ROUTE, 'ROUTE', ['order', 'nearest', 'fastest']),
    hedge: oneOf(env.HEDGE, 'HEDGE', ['off', 'on']) === 'on',
    region,
    billing: { currency: REGION[region].currency, overrides: parsePrices(env.PRICES) },
    limitsFail: oneOf(env.LIMITS_FAIL, 'LIMITS_FAIL', ['closed', 'open']) === 'open' ? 'allow' : 'refuse',
    logBodies: oneOf(env.LOG_BODIES, 'LOG_BODIES', ['off', 'on']) === 'on',
    cacheTtlSeconds: wholeNumber(
      env.CACHE_TTL_SECONDS,
      'CACHE_TTL_SECONDS',
      DEFAULT_CACHE_TTL_SECONDS,
      0,
      MAX_CACHE_TTL_SECONDS,
    ),
    cacheStreams: oneOf(env.CACHE_STREAMS, 'CACHE_STREAMS', ['on', 'off']) === 'on',
    stale: staleSeconds(env),
    streamOnlyModels: oneOf(env.STREAM_ONLY_MODELS, 'STREAM_ONLY_MODELS', ['aggregate', 'refuse']),
    maxBodyBytes: wholeNumber(
      env.MAX_BODY_BYTES,
      'MAX_BODY_BYTES',
      DEFAULT_MAX_BODY_BYTES,
      1024,
      100 * 1024 * 1024,
    ),
    allowedOrigins: origins(env.ALLOWED_ORIGINS),
    publicUrls: ownUrls(env.PUBLIC_URLS),
    firstByteDeadlineMs:
      1000 *
      wholeNumber(
        env.UPSTREAM_TIMEOUT_SECONDS,
        'UPSTREAM_TIMEOUT_SECONDS',
        DEFAULT_FIRST_BYTE_DEADLINE_SECONDS,
        1,
        3600,
      ),
    jobRetentionDays: wholeNumber(env.JOB_RETENTION_DAYS, 'JOB_RETENTION_DAYS', 7, 1, 30),
    webhooks: {
      retries: seconds(env.WEBHOOK_RETRIES?.trim() || DEFAULT_WEBHOOK_RETRIES, 'WEBHOOK_RETRIES'),
      timeoutMs: wholeNumber(env.WEBHOOK_TIMEOUT_MS, 'WEBHOOK_TIMEOUT_MS', 15_000, 100, 60_000),
      allowLoopback: oneOf(env.WEBHOOK_ALLOW_LOOPBACK, 'WEBHOOK_ALLOW_LOOPBACK', ['off', 'on']) === 'on',
    },
    taskPollQps: wholeNumber(env.TASK_POLL_QPS, 'TASK_POLL_QPS', 10, 1, 20),
  }
}

const BINDINGS = ['KEYS', 'CACHE', 'METER', 'REGISTRY', 'FLOW', 'LEDGER', 'POLLER', 'BRAKE', 'ANALYTICS']

/** A number or JSON among the variables comes as what it is, although the types have it otherwise. */
function notTexts(env: Env): GatewayError {
  const names = Object.keys(env).filter((name) => typeof env[name as keyof Env] !== 'string')
  const others = names.filter((name) => !BINDINGS.includes(name)).join(', ')
  return misconfigured(others, 'must be a text; put its value between quotes')
}

/** RFC 5861; where the time for errors is not set, it is the other one. */
function staleSeconds(env: Env): Config['stale'] {
  const seconds = (value: string | undefined, name: string, fallback: number) =>
    wholeNumber(value, name, fallback, 0, MAX_STALE_SECONDS)
  const whileRevalidate = seconds(env.CACHE_STALE_SECONDS, 'CACHE_STALE_SECONDS', 0)
  const ifError = seconds(env.CACHE_STALE_IF_ERROR_SECONDS, 'CACHE_STALE_IF_ERROR_SECONDS', whileRevalidate)
  return { whileRevalidate, ifError }
}

function misconfigured(name: string, expectation: string): GatewayError {
  return new GatewayError('internal', `The gateway is not set up: ${name} ${expectation}.`)
}

/** The first of the choices where the variable is not set. */
function oneOf<Choice extends string>(
  value: string | undefined,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = value?.trim() || choices[0]
  const chosen = choices.find((choice) => choice === text)
  if (chosen !== undefined) return chosen
  throw misconfigured(name, `must be ${choices.join(' or ')}`)
}

/** It comes in a header field, where a comma ends an entry of a list and a line break the field (RFC 9110 section 5). */
function readAdminToken(value: string | undefined): string | undefined {
  const token = value?.trim() || undefined
  if (token === undefined || !/[,\r\n]/.test(token)) return token
  throw misconfigured('ADMIN_TOKEN', 'must have no comma and no line break in it: nobody could send it')
}

function longSecret(value: string | undefined, name: string): string | undefined {
  const trimmed = value?.trim() || undefined
  if (trimmed !== undefined && trimmed.length < MIN_ADMIN_TOKEN_CHARACTERS) {
    throw misconfigured(name, `must have at least ${MIN_ADMIN_TOKEN_CHARACTERS} characters`)
  }
  return trimmed
}

function address(value: string, name: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw misconfigured(name, 'must be an address that begins with https://')
  }
  return value
}

function wholeNumber(
  value: string | undefined,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  if (value === undefined || value.trim() === '') return fallback
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < min || number > max) {
    throw misconfigured(name, `must be a whole number from ${min} to ${max}`)
  }
  return number
}

/** A list of delays, comma-separated; more than 20 tries help no receiver. */
function seconds(value: string, name: string): readonly number[] {
  const list = value.split(',').map((entry) => entry.trim())
  if (list.length > 20 || !list.every((entry) => /^\d{1,6}$/.test(entry))) {
    throw misconfigured(name, 'must be up to 20 whole numbers of seconds, separated by commas')
  }
  return list.map(Number)
}

function ownUrls(value: string | undefined): readonly string[] {
  return listOf(value).map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username) {
      return url.origin
    }
    throw misconfigured(
      'PUBLIC_URLS',
      `holds "${text}"; a URL of the gateway looks like https://ai.example.com`,
    )
  })
}

function listOf(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
}

function origins(value: string | undefined): readonly string[] {
  const list = listOf(value)
  for (const origin of list) {
    if (!isOriginPattern(origin)) {
      throw misconfigured(
        'ALLOWED_ORIGINS',
        `holds "${origin}"; an origin looks like https://app.example or https://*.example`,
      )
    }
  }
  return list
}
