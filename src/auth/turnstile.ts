import { GatewayError, misconfigured } from '../errors.ts'
import type { MintPolicy } from '../policy/key-record.ts'

/** Time limit for siteverify and key sets: both are small and near, and a page waits for them. */
export const PROOF_DEADLINE_MS = 5000

/** The members of siteverify's response that the gateway reads (Turnstile, "Validate the token"). */
export interface SiteverifyVerdict {
  success?: unknown
  hostname?: unknown
  action?: unknown
  'error-codes'?: unknown
}

interface SiteverifyRequest {
  /** The URL of siteverify. */
  url: string
  secret: string
  /** The token that the widget gave to the page. */
  response: string
  /** The visitor's IP address, if known. */
  address: string | null
}

/** siteverify's error codes that only the operator can fix. */
const OPERATORS_FAULT = ['missing-input-secret', 'invalid-input-secret']

/**
 * Validates the response of a Turnstile widget. Turnstile itself ensures that a response is valid once and for five
 * minutes.
 *
 * @throws GatewayError `unavailable` if Turnstile does not respond in time, or not as documented.
 */
export async function askSiteverify({
  url,
  secret,
  response,
  address,
}: SiteverifyRequest): Promise<SiteverifyVerdict> {
  try {
    const fetched = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret, response, ...(address && { remoteip: address }) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(PROOF_DEADLINE_MS),
    })
    const verdict: unknown = await fetched.json()
    if (typeof verdict === 'object' && verdict !== null && 'success' in verdict) return verdict
    throw new TypeError(`siteverify answered ${fetched.status} without a verdict`)
  } catch (cause) {
    throw unavailable(cause)
  }
}

/**
 * Refuses a negative result of Turnstile. A sitekey works on any page that its owner allows, so the host and the
 * action must match the key's policy.
 *
 * @throws GatewayError `denied` with the reason, `internal` if the secret is wrong, `unavailable` if Turnstile
 *   failed.
 */
export function requireHuman(verdict: SiteverifyVerdict, policy: NonNullable<MintPolicy['turnstile']>): void {
  const codes = Array.isArray(verdict['error-codes']) ? verdict['error-codes'].map(String) : []
  if (codes.some((code) => OPERATORS_FAULT.includes(code))) {
    throw misconfigured('Turnstile', 'rejected TURNSTILE_SECRET. Set the secret key of the widget')
  }
  if (codes.includes('internal-error')) throw unavailable(codes.join(', '))
  if (verdict.success !== true) throw denied(reasonOf(codes))
  if (typeof verdict.hostname !== 'string' || !policy.hostnames.includes(verdict.hostname)) {
    throw denied('the check was made on a page of a host that the key does not allow')
  }
  if (policy.action !== undefined && verdict.action !== policy.action) {
    throw denied('the check was made for an action that the key does not allow')
  }
}

function reasonOf(codes: readonly string[]): string {
  return codes.includes('timeout-or-duplicate')
    ? 'the response was used before or is too old; reset the widget to get a new one'
    : 'the response is not valid; reset the widget to get a new one'
}

function denied(reason: string): GatewayError {
  return new GatewayError('denied', `Turnstile refused the request: ${reason}.`, {
    param: 'turnstile',
  })
}

function unavailable(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'Turnstile does not respond. Try again in a moment.', {
    headers: { 'retry-after': '5' },
    cause,
  })
}
