import { GatewayError } from '../errors.ts'
import type { MintPolicy } from '../policy/key-record.ts'

/** siteverify and key sets are small and near; a page waits meanwhile. */
export const PROOF_DEADLINE_MS = 5000

/** What siteverify answers (Turnstile, "Validate the token"), as far as it counts here. */
export interface SiteverifyAnswer {
  success?: unknown
  hostname?: unknown
  action?: unknown
  'error-codes'?: unknown
}

interface Asked {
  /** Address of siteverify. */
  url: string
  secret: string
  /** What the widget gave the page. */
  response: string
  /** The visitor's address, where it is known. */
  address: string | null
}

/** Codes of siteverify that are the operator's to mend. */
const OPERATORS_FAULT = ['missing-input-secret', 'invalid-input-secret']

/**
 * Asks Turnstile about the response of its widget. A response is good once and for five minutes, which Turnstile itself
 * sees to.
 *
 * @throws GatewayError `unavailable` when Turnstile does not answer in time, or not as documented.
 */
export async function askSiteverify({ url, secret, response, address }: Asked): Promise<SiteverifyAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret, response, ...(address && { remoteip: address }) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(PROOF_DEADLINE_MS),
    })
    const verdict: unknown = await answer.json()
    if (typeof verdict === 'object' && verdict !== null && 'success' in verdict) return verdict
    throw new TypeError(`siteverify answered ${answer.status} without a verdict`)
  } catch (cause) {
    throw unavailable(cause)
  }
}

/**
 * Lets a verdict of Turnstile pass or refuses. A sitekey can be put on any page that its owner allows, so the host and
 * the action must be those that the key names.
 *
 * @throws GatewayError `denied` with the reason, `internal` when the secret is wrong, `unavailable` when Turnstile failed.
 */
export function requireHuman(answer: SiteverifyAnswer, policy: NonNullable<MintPolicy['turnstile']>): void {
  const codes = Array.isArray(answer['error-codes']) ? answer['error-codes'].map(String) : []
  if (codes.some((code) => OPERATORS_FAULT.includes(code))) {
    throw new GatewayError(
      'internal',
      'The gateway is not set up: Turnstile does not know TURNSTILE_SECRET. Set the secret key of the widget.',
    )
  }
  if (codes.includes('internal-error')) throw unavailable(codes.join(', '))
  if (answer.success !== true) throw denied(reasonOf(codes))
  if (typeof answer.hostname !== 'string' || !policy.hostnames.includes(answer.hostname)) {
    throw denied('the check was made on a page of another host than those that the key names')
  }
  if (policy.action !== undefined && answer.action !== policy.action) {
    throw denied('the check was made for another action than the one that the key names')
  }
}

function reasonOf(codes: readonly string[]): string {
  return codes.includes('timeout-or-duplicate')
    ? 'the response was used before or is too old; let the widget make a new one'
    : 'the response is not valid; let the widget make a new one'
}

function denied(reason: string): GatewayError {
  return new GatewayError('denied', `Turnstile refused the request: ${reason}.`, {
    param: 'turnstile',
  })
}

function unavailable(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'Turnstile does not answer. Try again in a moment.', {
    headers: { 'retry-after': '5' },
    cause,
  })
}
