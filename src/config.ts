import { batchChatHostFor } from './dashscope/batch.ts'
import { parsePrices } from './dashscope/price-overrides.ts'
import { REGION } from './dashscope/regions.ts'
import { REGION_VARIABLES, type RegionVariables, readTargets } from './dashscope/targets.ts'
import { GatewayError, misconfigured } from './errors.ts'
import {
  ExpectationError,
  headerSecret,
  hostRoot,
  list,
  oneOf,
  originOf,
  secondsList,
  secret,
  text,
  timeZone,
  url,
  type ValuesOf,
  type Variable,
  wholeNumber,
} from './lib/variables.ts'
import { readIssuers } from './policy/issuers.ts'
import { MAX_CACHE_TTL_SECONDS } from './policy/key-record.ts'
import { readAudience, readOrigin, readTeamDomain } from './policy/variables.ts'

/** Shorter admin tokens can be guessed. */
export const MIN_ADMIN_TOKEN_CHARACTERS = 16

/** Stale responses bridge an outage; a week-old response is no longer useful. */
const MAX_STALE_SECONDS = 604_800

/** An isolate has 128 MB; about three copies of a body exist while it is read and checked. */
const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024

/** DashScope ends a non-stream request after 300 s or later (error page, `RequestTimeOut`); twice that relays its error. */
const DEFAULT_FIRST_BYTE_SECONDS = 600

/** Turnstile, "Validate the token". */
const SITEVERIFY_URL = 'https://challenges.cloudflare.com/turnstile/v0/siteverify'

/** Standard Webhooks' schedule as used by Svix: eight attempts within 27.6 hours. */
const DEFAULT_WEBHOOK_RETRIES = '5,300,1800,7200,18000,36000,36000'

/** Short, since a person waits for the reply. */
const DEFAULT_REPLY_RETRIES = '1,5,30'
const MAX_WEBHOOK_RETRIES = 20

/**
 * Every variable and secret of the Worker. {@link Env}, the scripts and their checks are derived from this table; tests compare
 * .env.example and docs/configuration.md with it. Some of `text` and `secret` are parsed further in {@link configOf}.
 */
export const VARIABLES = {
  DASHSCOPE_API_KEY: secret(),
  ADMIN_TOKEN: headerSecret(),
  ADMIN_TOKEN_PREVIOUS: secret({ min: MIN_ADMIN_TOKEN_CHARACTERS }),
  DASHSCOPE_BASE_URL: text(),
  DASHSCOPE_BATCH_URL: hostRoot(),
  REGIONS: text(),
  ROUTE: oneOf('order', 'nearest', 'fastest'),
  HEDGE: oneOf('off', 'on'),
  CACHE_TTL_SECONDS: wholeNumber({ from: 0, to: MAX_CACHE_TTL_SECONDS, default: 3600 }),
  CACHE_STREAMS: oneOf('on', 'off'),
  CACHE_STALE_SECONDS: wholeNumber({ from: 0, to: MAX_STALE_SECONDS, default: 0 }),
  CACHE_STALE_IF_ERROR_SECONDS: wholeNumber({ from: 0, to: MAX_STALE_SECONDS, default: undefined }),
  STREAM_ONLY_MODELS: oneOf('aggregate', 'refuse'),
  MAX_BODY_BYTES: wholeNumber({ from: 1024, to: 100 * 1024 * 1024, default: DEFAULT_MAX_BODY_BYTES }),
  ALLOWED_ORIGINS: list(readOrigin),
  PUBLIC_URLS: list(originOf),
  UPSTREAM_TIMEOUT_SECONDS: wholeNumber({ from: 1, to: 3600, default: DEFAULT_FIRST_BYTE_SECONDS }),
  TURNSTILE_SECRET: secret(),
  TURNSTILE_VERIFY_URL: url(SITEVERIFY_URL),
  JWT_ISSUERS: text(),
  ACCESS_TEAM_DOMAIN: list(readTeamDomain),
  ACCESS_AUD: list(readAudience),
  BILLING_TIME_ZONE: timeZone(),
  LIMITS_FAIL: oneOf('closed', 'open'),
  PRICES: text(),
  LOG_BODIES: oneOf('off', 'on'),
  REQUEST_LOG: wholeNumber({ from: 0, to: 10_000, default: 1000 }),
  JOB_RETENTION_DAYS: wholeNumber({ from: 1, to: 30, default: 7 }),
  WEBHOOK_RETRIES: secondsList({ most: MAX_WEBHOOK_RETRIES, default: DEFAULT_WEBHOOK_RETRIES }),
  REPLY_RETRIES: secondsList({ most: MAX_WEBHOOK_RETRIES, default: DEFAULT_REPLY_RETRIES }),
  WEBHOOK_TIMEOUT_MS: wholeNumber({ from: 100, to: 60_000, default: 15_000 }),
  WEBHOOK_ALLOW_LOOPBACK: oneOf('off', 'on'),
  BATCH_CALLBACKS: oneOf('off', 'on'),
  TASK_POLL_QPS: wholeNumber({ from: 1, to: 20, default: 10 }),
  REALTIME_SLICE_SECONDS: wholeNumber({ from: 1, to: 300, default: 30 }),
} satisfies Record<string, Variable<unknown>>

type VariableName = keyof typeof VARIABLES

/** The bindings of the Worker; the modules that own their classes add the precise types. */
interface Bindings {
  KEYS: KVNamespace
  CACHE: KVNamespace
  METER: DurableObjectNamespace
  REGISTRY: DurableObjectNamespace
  FLOW: Workflow
  LEDGER: DurableObjectNamespace
  POLLER: DurableObjectNamespace
  /** Optional: counts failed authentications. */
  BRAKE?: RateLimit
  /** Optional: a dataset that gets one data point per request. */
  ANALYTICS?: AnalyticsEngineDataset
}

const BINDINGS = ['KEYS', 'CACHE', 'METER', 'REGISTRY', 'FLOW', 'LEDGER', 'POLLER', 'BRAKE', 'ANALYTICS']

/** Without these no request can be served. */
const NEEDED_BINDINGS = ['KEYS', 'CACHE', 'METER', 'REGISTRY'] as const

/** The bindings, variables and secrets from `wrangler.toml` and the platform: unchecked strings. */
export type Env = Bindings & RegionVariables & Partial<Record<VariableName, string>>

/** The validated variables and secrets. */
export type Config = Readonly<ReturnType<typeof configOf>>

/** How the regions of a request are ordered. */
export type RegionOrder = Config['route']

function configOf(values: ValuesOf<typeof VARIABLES>, env: Env) {
  const targets = readTargets(env)
  const { region } = targets[0]
  const whileRevalidate = values.CACHE_STALE_SECONDS
  return {
    adminToken: values.ADMIN_TOKEN,
    /**
     * Still verifies session tokens and decrypts stored secrets after ADMIN_TOKEN was changed; it does not authorize
     * the operator.
     */
    adminTokenPrevious: values.ADMIN_TOKEN_PREVIOUS,
    /** The tokens for encrypting stored secrets: the first one encrypts, all decrypt. */
    adminTokens: adminTokensIn(env),
    turnstileSecret: values.TURNSTILE_SECRET,
    turnstileVerifyUrl: values.TURNSTILE_VERIFY_URL,
    /** The issuers whose JWTs keys may trust. */
    issuers: readIssuers(values.JWT_ISSUERS),
    /** The configured regions and accounts. */
    targets,
    route: values.ROUTE,
    /** Whether a second region is called if the first is slower than usual. */
    hedge: values.HEDGE === 'on',
    cacheTtlSeconds: values.CACHE_TTL_SECONDS,
    /** Whether streams are looked up in the cache, unless a key says otherwise. */
    cacheStreams: values.CACHE_STREAMS === 'on',
    /** How long after its lifetime a cached response is served (RFC 5861): while a fresh one is fetched, and on errors. */
    stale: { whileRevalidate, ifError: values.CACHE_STALE_IF_ERROR_SECONDS ?? whileRevalidate },
    /** How a non-stream request to a model that only streams is answered. */
    streamOnlyModels: values.STREAM_ONLY_MODELS,
    maxBodyBytes: values.MAX_BODY_BYTES,
    allowedOrigins: values.ALLOWED_ORIGINS,
    /** The gateway's own origins; a session token of one works at all of them. */
    publicUrls: values.PUBLIC_URLS,
    /** The time limit of all attempts of a request together, until the first byte. */
    firstByteDeadlineMs: 1000 * values.UPSTREAM_TIMEOUT_SECONDS,
    /** The first region, in whose currency money is counted. */
    region,
    billing: { currency: REGION[region].currency, overrides: parsePrices(values.PRICES) },
    /** When a day and a month begin, for budgets and usage. */
    calendar: values.BILLING_TIME_ZONE,
    /** What happens to a request with limits while its meter does not respond. */
    limitsFail: values.LIMITS_FAIL === 'open' ? ('allow' as const) : ('refuse' as const),
    logBodies: values.LOG_BODIES === 'on',
    /** Rows of the request log for each key; 0: none. */
    requestLog: values.REQUEST_LOG,
    /** How long jobs are kept after their creation. */
    jobRetentionDays: values.JOB_RETENTION_DAYS,
    webhooks: {
      /** Seconds before the second, third, … attempt of a message. */
      retries: values.WEBHOOK_RETRIES,
      replyRetries: values.REPLY_RETRIES,
      timeoutMs: values.WEBHOOK_TIMEOUT_MS,
      /** Whether receivers on the gateway's own machine are allowed: for development. */
      allowLoopback: values.WEBHOOK_ALLOW_LOOPBACK === 'on',
    },
    /** The host of Batch Chat; undefined if there is none. */
    batchChatUrl: values.DASHSCOPE_BATCH_URL ?? batchChatHostFor(targets),
    /** Whether a batch may contain a URL that DashScope calls at its end. */
    batchCallbacks: values.BATCH_CALLBACKS === 'on',
    /** Task lookups per second in one DashScope account; DashScope allows 20, including those of clients. */
    taskPollQps: values.TASK_POLL_QPS,
    /** How often a task or session on a WebSocket is charged and checked again. */
    sliceSeconds: values.REALTIME_SLICE_SECONDS,
  }
}

/** The current and the previous ADMIN_TOKEN, if set; works even if other variables are invalid. */
export function adminTokensIn(env: Env): string[] {
  return [env.ADMIN_TOKEN, env.ADMIN_TOKEN_PREVIOUS].flatMap((token) => token?.trim() || [])
}

const known = new WeakMap<Env, Config>()

/**
 * Reads the variables and secrets once per isolate.
 *
 * @throws GatewayError `internal`, naming the variable and its required format.
 */
export function readConfig(env: Env): Config {
  const before = known.get(env)
  if (before) return before
  requireStrings(env)
  const names = Object.keys(VARIABLES) as VariableName[]
  const values = Object.fromEntries(names.map((name) => [name, readVariable(env, name, VARIABLES[name])]))
  const config = configOf(values as ValuesOf<typeof VARIABLES>, env)
  known.set(env, config)
  return config
}

/**
 * Checks that the Worker has the bindings that every request needs.
 *
 * @throws GatewayError `internal`, naming the missing one.
 */
export function requireBindings(env: Env): void {
  const missing = NEEDED_BINDINGS.find((name) => !env[name])
  if (!missing) return
  throw new GatewayError(
    'internal',
    `The gateway is not set up: the Worker has no binding ${missing}. Put it back into wrangler.toml and run: npm run deploy`,
  )
}

/** The given names that the Worker does not read: misspelt variables would silently have no effect. */
export function unknownVariables(names: readonly string[]): string[] {
  return names.filter((name) => !Object.hasOwn(VARIABLES, name) && !REGION_VARIABLES.includes(name))
}

/** Numbers and JSON in `[vars]` are not strings at run time, although their type is string. */
function requireStrings(env: Env): void {
  const others = Object.entries(env).filter(
    ([name, value]) => typeof value !== 'string' && !BINDINGS.includes(name),
  )
  const names = others.map(([name]) => name).filter((name) => unknownVariables([name]).length === 0)
  if (names.length > 0)
    throw misconfigured(names.join(', '), 'must be a string; put its value between quotes')
}

function readVariable(env: Env, name: VariableName, variable: Variable<unknown>): unknown {
  try {
    return variable.read(env[name]?.trim() || undefined)
  } catch (thrown) {
    throw thrown instanceof ExpectationError ? misconfigured(name, thrown.message) : thrown
  }
}
