import {
  DEFAULT_CACHE_TTL_SECONDS,
  DEFAULT_FIRST_BYTE_DEADLINE_SECONDS,
  DEFAULT_MAX_BODY_BYTES,
  MAX_CACHE_TTL_SECONDS,
} from './constants.ts'
import { GatewayError } from './errors.ts'
import type { Meter } from './meter/meter.ts'

/** The bindings of the Worker as `wrangler.toml` and the secrets give them: strings, unchecked. */
export interface Env {
  KEYS: KVNamespace
  CACHE: KVNamespace
  METER: DurableObjectNamespace<Meter>
  DASHSCOPE_API_KEY?: string
  ADMIN_TOKEN?: string
  DASHSCOPE_BASE_URL?: string
  CACHE_TTL_SECONDS?: string
  MAX_BODY_BYTES?: string
  ALLOWED_ORIGINS?: string
  UPSTREAM_TIMEOUT_SECONDS?: string
}

/** Every variable and secret, checked. */
export interface Config {
  apiKey: string
  adminToken: string | undefined
  /** Host root without a trailing slash: `https://dashscope.aliyuncs.com`. */
  baseUrl: string
  cacheTtlSeconds: number
  maxBodyBytes: number
  allowedOrigins: readonly string[]
  firstByteDeadlineMs: number
}

const DEFAULT_BASE_URL = 'https://dashscope.aliyuncs.com'

const known = new WeakMap<Env, Config>()

/**
 * Reads the variables and secrets once per isolate.
 *
 * @throws GatewayError `internal` that names the variable and what it must look like.
 */
export function readConfig(env: Env): Config {
  const before = known.get(env)
  if (before) return before
  const config: Config = {
    apiKey: required(env.DASHSCOPE_API_KEY, 'DASHSCOPE_API_KEY'),
    adminToken: env.ADMIN_TOKEN?.trim() || undefined,
    baseUrl: hostRoot(env.DASHSCOPE_BASE_URL?.trim() || DEFAULT_BASE_URL),
    cacheTtlSeconds: wholeNumber(
      env.CACHE_TTL_SECONDS,
      'CACHE_TTL_SECONDS',
      DEFAULT_CACHE_TTL_SECONDS,
      0,
      MAX_CACHE_TTL_SECONDS,
    ),
    maxBodyBytes: wholeNumber(
      env.MAX_BODY_BYTES,
      'MAX_BODY_BYTES',
      DEFAULT_MAX_BODY_BYTES,
      1024,
      100 * 1024 * 1024,
    ),
    allowedOrigins: origins(env.ALLOWED_ORIGINS),
    firstByteDeadlineMs:
      1000 *
      wholeNumber(
        env.UPSTREAM_TIMEOUT_SECONDS,
        'UPSTREAM_TIMEOUT_SECONDS',
        DEFAULT_FIRST_BYTE_DEADLINE_SECONDS,
        1,
        3600,
      ),
  }
  known.set(env, config)
  return config
}

function misconfigured(name: string, expectation: string): GatewayError {
  return new GatewayError('internal', `The gateway is not set up: ${name} ${expectation}.`)
}

function required(value: string | undefined, name: string): string {
  const trimmed = value?.trim()
  if (!trimmed) throw misconfigured(name, `is missing; set it with "npx wrangler secret put ${name}"`)
  return trimmed
}

function hostRoot(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isHostRoot =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username
  if (!isHostRoot) {
    throw misconfigured('DASHSCOPE_BASE_URL', `must be a host root like ${DEFAULT_BASE_URL}, without a path`)
  }
  return url.origin
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

function origins(value: string | undefined): readonly string[] {
  const list = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
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

/** Whether a text is an origin to compare with (`https://app.example`, `https://*.example.com`), without a path. */
export function isOriginPattern(value: string): boolean {
  const sample = value.replace('://*.', '://any.')
  if (sample.includes('*')) return false
  return (
    URL.canParse(sample) && /^https?:$/.test(new URL(sample).protocol) && new URL(sample).origin === sample
  )
}
