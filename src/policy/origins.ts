import { GatewayError } from '../errors.ts'
import { shortened } from '../lib/shortened.ts'

/** How long browsers cache the response to a preflight (maximum of Chromium 2 h, of Firefox 24 h). */
const PREFLIGHT_MAX_AGE_SECONDS = 7200

const SUBDOMAINS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

const ALLOWED_METHODS = ['GET', 'POST', 'DELETE']

/** A field name (RFC 9110 section 5.1) except the wildcard, of bounded length. */
const HEADER_NAME = /^(?!\*$)[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/

/** Far more headers than any client sends. */
const MAX_REQUESTED_HEADERS = 100

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
 * Whether an origin, as a browser serializes it (RFC 6454 section 6.2), matches one of the patterns: the same text, or a
 * subdomain of `https://*.example.com` at any depth. Scheme and port must be equal; the origin `null` never matches.
 */
export function matchesOrigin(patterns: readonly string[], origin: string): boolean {
  return origin !== 'null' && patterns.some((pattern) => matchesPattern(pattern, origin))
}

/** `http://localhost:*`: every port of this machine, for pages that a developer serves. */
const LOOPBACK_PATTERN = /^(https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\*$/

/**
 * The scheme of an app or browser extension: `capacitor`, `moz-extension`. `URL` reports no origin for such schemes.
 */
const APP_SCHEME = /^(?!https?:|wss?:|ftp:|file:)[a-z][a-z0-9+.-]*:\/\//i

/** The rest of such an origin, as web views send it: `localhost`, an extension's id, with or without a port. */
const APP_HOST = /^[a-z0-9._-]+(?::\d{1,5})?$/i

function matchesPattern(pattern: string, origin: string): boolean {
  const scheme = APP_SCHEME.exec(pattern)?.[0]
  if (scheme) return matchesApp(scheme, pattern.slice(scheme.length), origin)
  const loopback = LOOPBACK_PATTERN.exec(pattern)?.[1]
  if (loopback) return origin.startsWith(loopback) && /^(?::\d+)?$/.test(origin.slice(loopback.length))
  const wildcard = pattern.indexOf('://*.')
  if (wildcard < 0) return pattern === origin
  const start = pattern.slice(0, wildcard + '://'.length)
  const end = pattern.slice(wildcard + '://*'.length)
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return SUBDOMAINS.test(origin.slice(start.length, -end.length))
}

/** Schemes and hosts are compared in lower case; `*` covers every id, because Firefox gives an extension a random one. */
function matchesApp(scheme: string, host: string, origin: string): boolean {
  if (origin.slice(0, scheme.length).toLowerCase() !== scheme.toLowerCase()) return false
  const own = origin.slice(scheme.length)
  return host === '*' ? APP_HOST.test(own) : own.toLowerCase() === host.toLowerCase()
}

/**
 * The origins whose pages may use a key: its own list, or ALLOWED_ORIGINS without one; and always the gateway's
 * origin, which serves the console. `origins: []` refuses all other pages.
 *
 * @param own the origin of the gateway in the request.
 */
export function originsOfKey(
  origins: readonly string[] | undefined,
  allowedOrigins: readonly string[],
  own: string,
): readonly string[] {
  return origins?.length === 0 ? origins : [...(origins ?? allowedOrigins), own]
}

/**
 * Refuses a request from a page of another origin. This protects the key's owner from pages that use a key in a
 * visitor's browser, where scripts cannot forge `Origin`. Other programs can send any header, so a request without
 * `Origin` is allowed, and only the key counts.
 *
 * @param origin the header `Origin`; `null` if there is none.
 * @param allowed the result of {@link originsOfKey}, or all known origins.
 * @throws GatewayError `denied`, naming the origin.
 */
export function refuseForeignOrigin(origin: string | null, allowed: readonly string[]): void {
  if (origin === null || matchesOrigin(allowed, origin)) return
  const named = shortened(origin)
  throw new GatewayError(
    'denied',
    `Origin "${named}" is not allowed for this key. Add it to the key's "origins" or to ALLOWED_ORIGINS.`,
    { rule: 'origins', cause: `Origin: ${named}` },
  )
}

/** The headers that let a page of this origin read a response (Fetch standard, CORS protocol), errors included. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: 'Origin',
  }
}

/**
 * The response headers of a preflight from an allowed origin. The requested headers are repeated one by one, since
 * `*` does not cover Authorization (Fetch standard, CORS-safelisting). Any header is allowed: pages may add headers
 * of their tools, and only listed headers are forwarded to DashScope.
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
  const allowed = [...new Set(names)].slice(0, MAX_REQUESTED_HEADERS).filter((name) => HEADER_NAME.test(name))
  if (allowed.length > 0) headers['access-control-allow-headers'] = allowed.join(', ')
  return headers
}

/**
 * Whether a text is an origin or a pattern of origins (`https://app.example`, `https://*.example.com`), without a
 * path.
 */
export function isOriginPattern(value: string): boolean {
  const scheme = APP_SCHEME.exec(value)?.[0]
  if (scheme) return value === `${scheme}*` || APP_HOST.test(value.slice(scheme.length))
  if (LOOPBACK_PATTERN.test(value)) return true
  const sample = value.replace('://*.', '://any.')
  if (sample.includes('*')) return false
  return (
    URL.canParse(sample) && /^https?:$/.test(new URL(sample).protocol) && new URL(sample).origin === sample
  )
}
