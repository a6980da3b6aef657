import { GatewayError } from '../errors.ts'
import type { Limits, Principal } from './key-record.ts'

/** Limits that hold although nothing is known of what was used. */
const WITHOUT_USAGE: readonly (keyof Limits)[] = ['requests_per_minute', 'requests_in_flight']

/**
 * Lets a caller use an endpoint whose traffic does not pass through the gateway, such as the media of a WebRTC session.
 * What a key or token bounds or fixes could not be held there.
 *
 * @param endpoint its name, for the message.
 * @throws GatewayError `denied` naming what cannot be held.
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
