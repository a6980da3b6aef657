import type { Endpoint } from '../dashscope/endpoint.ts'
import { asksForStream } from '../dashscope/streaming.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { readOutline, tokenAt } from '../lib/json/outline.ts'
import { endOfValue, membersOf, replaceEmpty, type Splice, spliced } from '../lib/json/splice.ts'

/**
 * The same request, asking for a whole response: a caller that does not wait cannot read a stream. Only what says "stream" is
 * changed (promise P1): the headers natively, elsewhere `stream` becomes false and `stream_options` null.
 *
 * @param text a JSON object that asks for a stream, or not.
 * @returns the headers and the text, which are the given ones for a request that asks for none.
 */
export function withoutStream(
  endpoint: Endpoint,
  headers: HeaderMap,
  text: string,
  body: unknown,
): { headers: HeaderMap; text: string } {
  if (!asksForStream(endpoint, headers, body)) return { headers, text }
  if (endpoint.stream === 'header') {
    const kept = [...headers].filter(([name]) => name !== 'x-dashscope-sse' && name !== 'accept')
    return { headers: new Map(kept), text }
  }
  const outline = readOutline(text)
  const members = membersOf(outline, 0)
  const stream = members.get('stream')
  const options = members.get('stream_options')
  const splices: Splice[] = []
  if (stream !== undefined && tokenAt(outline, stream) === 'true') {
    splices.push(replaceEmpty(outline, stream, 'false'))
  }
  if (options !== undefined) {
    const from = outline.starts[options] as number
    splices.push({ from, to: endOfValue(outline, options), piece: 'null' })
  }
  return { headers, text: spliced(text, splices) }
}
