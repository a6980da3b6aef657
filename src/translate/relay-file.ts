import type { Translated, TranslationContext } from '../proxy/translation.ts'
import { fetchFile } from './result-file.ts'

/**
 * A response whose body is a file of DashScope, relayed while it arrives.
 *
 * @param type the media type for the caller, instead of the file host's.
 * @param headers of the native response.
 */
export async function relayFile(
  address: string,
  type: string,
  headers: readonly [string, string][],
  context: TranslationContext,
): Promise<Translated> {
  const file = await fetchFile(address, context)
  const { readable, writable } = pipeFor(file)
  return {
    response: { kind: 'open', status: 200, headers: withType(headers, type), body: readable },
    delivered: file.body.pipeTo(writable),
  }
}

/** If a file is shorter than announced, the response breaks off too. */
function pipeFor({ headers }: Response): TransformStream<Uint8Array, Uint8Array> {
  const length = headers.get('content-length')
  const isKnown = length !== null && /^\d{1,15}$/.test(length) && !headers.has('content-encoding')
  return isKnown ? new FixedLengthStream(Number(length)) : new IdentityTransformStream()
}

/** Headers with another media type. */
export function withType(headers: readonly [string, string][], type: string): [string, string][] {
  const others = headers.filter(([name]) => name !== 'content-type' && name !== 'content-disposition')
  return [...others, ['content-type', type]]
}
