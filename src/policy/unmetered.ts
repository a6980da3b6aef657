import { GatewayError } from '../errors.ts'
import type { Limits, Principal } from './key-record.ts'

/** Limits that work without knowing the usage. */
const WITHOUT_USAGE: readonly (keyof Limits)[] = ['requests_per_minute', 'requests_in_flight']

/**
 * Refuses an endpoint whose traffic bypasses the gateway, such as the media of a WebRTC session, if limits, caps or
 * frozen parts of the key or token could not be enforced there.
 *
 * @param endpoint the endpoint's name, for the message.
 * @throws GatewayError `denied`, naming what cannot be enforced.
 */
export function allowUnmetered({ policy, token }: Principal, endpoint: string): void {
  const bounds = [
    ...boundsIn('limits', policy.limits),
    ...boundsIn('user_limits', policy.user_limits),
    ...(policy.caps ? ['caps'] : []),
    ...(token?.budget?.tokens === undefined ? [] : ['budget.tokens']),
    ...(token?.frozen ? ['frozen'] : []),
  ]
  if (bounds.length === 0) return
  throw new GatewayError(
    'denied',
    `The endpoint "${endpoint}" cannot be metered, so a key with ${bounds.join(', ')} may not use it. Use the WebSocket API.`,
  )
}

function boundsIn(field: string, limits: Limits = {}): string[] {
  return Object.keys(limits)
    .filter((name) => !WITHOUT_USAGE.includes(name as keyof Limits))
    .map((name) => `${field}.${name}`)
}
