import { GatewayError, MAX_ECHO_CHARACTERS } from '../errors.ts'

/** Browsers keep a preflight's answer at most this long (Chromium 2 h, Firefox 24 h). */
const PREFLIGHT_MAX_AGE_SECONDS = 7200

const SUBDOMAINS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

const ALLOWED_METHODS = ['GET', 'POST', 'DELETE']

/** What the clients send from a page, seen in their preflights; the families by their prefix. Not all of it goes up. */
const ALLOWED_HEADERS = new Set([
  'accept',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  'anthropic-version',
  'authorization',
  'cache-control',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'user-agent',
  'x-accel-buffering',
  'x-api-key',
  'x-edge-cache-ttl',
  'x-edge-timeout',
])
const ALLOWED_HEADER_FAMILIES = /^x-(?:dashscope|stainless)-[a-z0-9-]{1,64}$/

const EXPOSED_HEADERS = [
  'x-request-id',
  'request-id',
  'x-edge-request-id',
  'x-edge-attempts',
  'x-edge-model',
  'x-edge-job',
  'x-should-retry',
  'location',
  'preference-applied',
  'x-dashscope-finished',
  'retry-after',
  'cache-status',
  'age',
  'server-timing',
  'ratelimit',
  'ratelimit-policy',
  'www-authenticate',
].join(', ')

/**
 * Whether an origin, as a browser serialises it (RFC 6454 section 6.2), is one of the patterns: the same text, or below
 * the domain of `https://*.example.com` at any depth. Scheme and port must be the pattern's; `null` is nobody's origin.
 */
export function matchesOrigin(patterns: readonly string[], origin: string): boolean {
  return origin !== 'null' && patterns.some((pattern) => matchesPattern(pattern, origin))
}

/** `http://localhost:*`: every port of this machine, for pages that a developer serves. */
const LOOPBACK_PATTERN = /^(https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\*$/

function matchesPattern(pattern: string, origin: string): boolean {
  const loopback = LOOPBACK_PATTERN.exec(pattern)?.[1]
  if (loopback) return origin.startsWith(loopback) && /^(?::\d+)?$/.test(origin.slice(loopback.length))
  const wildcard = pattern.indexOf('://*.')
  if (wildcard < 0) return pattern === origin
  const start = pattern.slice(0, wildcard + '://'.length)
  const end = pattern.slice(wildcard + '://*'.length)
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return SUBDOMAINS.test(origin.slice(start.length, -end.length))
}

/**
 * The origins whose pages may use a key: its own, or ALLOWED_ORIGINS where it has none; and the gateway's own, where the
 * console lies. `origins: []` closes a key for every page.
 *
 * @param own the origin of the gateway as the caller reached it.
 */
export function originsOfKey(
  origins: readonly string[] | undefined,
  allowedOrigins: readonly string[],
  own: string,
): readonly string[] {
  return origins?.length === 0 ? origins : [...(origins ?? allowedOrigins), own]
}

/**
 * Refuses a request that a page of another origin sent. This protects the key's owner from pages that borrow a key in a
 * visitor's browser, where scripts cannot forge `Origin`; any other program writes what it likes or nothing at all, so
 * a request without the header passes and the key alone decides.
 *
 * @param origin the header `Origin`; `null` when there is none.
 * @param allowed the key's origins, or ALLOWED_ORIGINS; with the gateway's own origin where it serves a page itself.
 * @throws GatewayError `denied` that names the origin.
 */
export function refuseForeignOrigin(origin: string | null, allowed: readonly string[]): void {
  if (origin === null || matchesOrigin(allowed, origin)) return
  const named = origin.length > MAX_ECHO_CHARACTERS ? `${origin.slice(0, MAX_ECHO_CHARACTERS)}…` : origin
  throw new GatewayError(
    'denied',
    `Pages of the origin "${named}" may not use this key. The operator can name the origin in the key or in ALLOWED_ORIGINS.`,
  )
}

/** The headers that let a page of this origin read an answer (Fetch standard, CORS protocol); for errors as well. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: 'Origin',
  }
}

/**
 * The headers that answer a preflight from an allowed origin. Of the headers asked for, those that clients have reason
 * to send are named back one by one: `*` does not cover Authorization (Fetch standard, CORS-safelisting).
 *
 * @param requestedMethod the header `Access-Control-Request-Method`.
 * @param requestedHeaders the header `Access-Control-Request-Headers`.
 */
export function preflightHeaders(
  origin: string,
  requestedMethod: string | null,
  requestedHeaders: string | null,
): Record<string, string> {
  const headers: Record<string, string> = {
    'access-control-allow-origin': origin,
    'access-control-max-age': String(PREFLIGHT_MAX_AGE_SECONDS),
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  }
  if (requestedMethod !== null && ALLOWED_METHODS.includes(requestedMethod)) {
    headers['access-control-allow-methods'] = ALLOWED_METHODS.join(', ')
  }
  const names = (requestedHeaders ?? '').split(',').map((name) => name.trim().toLowerCase())
  const allowed = [...new Set(names)].filter(
    (name) => ALLOWED_HEADERS.has(name) || ALLOWED_HEADER_FAMILIES.test(name),
  )
  if (allowed.length > 0) headers['access-control-allow-headers'] = allowed.join(', ')
  return headers
}

/** An app's own scheme, as its web view sends it: `capacitor://localhost`. URLs with such schemes have no origin of their own. */
const APP_ORIGIN = /^(?!https?:|wss?:|ftp:|file:)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/

/** Whether a text is an origin to compare with (`https://app.example`, `https://*.example.com`), without a path. */
export function isOriginPattern(value: string): boolean {
  if (APP_ORIGIN.test(value) || LOOPBACK_PATTERN.test(value)) return true
  const sample = value.replace('://*.', '://any.')
  if (sample.includes('*')) return false
  return (
    URL.canParse(sample) && /^https?:$/.test(new URL(sample).protocol) && new URL(sample).origin === sample
  )
}
