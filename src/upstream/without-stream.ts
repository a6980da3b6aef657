import type { Endpoint } from '../dashscope/endpoint.ts'
import { asksForStream } from '../dashscope/request/transport.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { tokenAt } from '../lib/json/outline.ts'
import { endOfValue, membersOf, replaceEmpty, type Splice } from '../lib/json/splice.ts'

/**
 * The same request without streaming: a caller that does not wait cannot read a stream. Only the members that ask for
 * a stream change (promise P1): the headers natively; elsewhere `stream` becomes false and `stream_options` null.
 *
 * @param json a JSON object that may ask for a stream.
 * @returns headers and body; unchanged if the request asks for no stream.
 */
export function withoutStream(
  endpoint: Endpoint,
  headers: HeaderMap,
  json: JsonBody,
): { headers: HeaderMap; json: JsonBody } {
  if (!asksForStream(endpoint, headers, json.value)) return { headers, json }
  if (endpoint.stream === 'header') {
    const kept = [...headers].filter(([name]) => name !== 'x-dashscope-sse' && name !== 'accept')
    return { headers: new Map(kept), json }
  }
  const { outline } = json
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
  return { headers, json: json.spliced(splices) }
}
