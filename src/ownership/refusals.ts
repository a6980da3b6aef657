import { type OwnedKind, ownable } from '../dashscope/ownable.ts'
import { GatewayError } from '../errors.ts'

/** The longest part of an id that an error message quotes. */
const MAX_QUOTED_CHARACTERS = 200

/**
 * The error for an object that is not the caller's: it does not reveal whether the object exists.
 *
 * @param id the id as the caller sent it; the message quotes nothing else.
 */
export function notFound(kind: OwnedKind, id: string): GatewayError {
  const { noun, owner } = ownable(kind)
  const quoted = id.slice(0, MAX_QUOTED_CHARACTERS)
  if (owner === 'none') {
    const instead = 'Send the item itself, or name its response in "previous_response_id".'
    return new GatewayError('notFound', `No request can refer to the ${noun} "${quoted}". ${instead}`)
  }
  const whose = owner === 'meter' ? 'those that this key created' : 'those that this key may use'
  const sentence = `There is no ${noun} "${quoted}" among ${whose}.`
  if (owner !== 'policy') return new GatewayError('notFound', sentence)
  const advice = 'The operator lists them in the field "knowledge" of the key.'
  return new GatewayError('notFound', `${sentence} ${advice}`, { rule: 'knowledge' })
}

/**
 * Calls an ownership record.
 *
 * @throws GatewayError `unavailable` with `Retry-After` for any failure: without the record, access is refused.
 */
export async function askRecord<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (cause) {
    throw new GatewayError('unavailable', 'The ownership records cannot be read. Try again in a moment.', {
      cause,
      headers: { 'retry-after': '2' },
    })
  }
}
