import { type Framing, hasUsageOption } from '../dashscope/stream/framing.ts'
import { isObject, type Outline, readOutline, tokenAt } from '../lib/json/outline.ts'
import { membersOf, memberText, prepend, replaceEmpty, type Splice, spliced } from '../lib/json/splice.ts'
import type { UpstreamRequest } from './fetch.ts'

/**
 * The same request, asking for a stream: by header natively, elsewhere by the `stream` member of the body.
 *
 * This is one of the exceptions of promise P1: the members that ask for a stream are spliced into the body, and every
 * other byte stays. The caller's `stream: false` becomes `true`, since its meaning together with X-DashScope-SSE is
 * not documented.
 *
 * @param request with a JSON object as its body.
 */
export function asStream(request: UpstreamRequest, { format }: Framing): UpstreamRequest {
  const outline = readOutline(request.body ?? new Uint8Array(0))
  const isNative = format === 'native'
  const splices = isNative ? nativeSplices(outline) : bodySplices(outline, hasUsageOption(format))
  const headers = {
    ...request.headers,
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    ...(isNative && { 'x-dashscope-sse': 'enable' }),
  }
  return { ...request, headers, body: spliced(outline.bytes, splices) }
}

function nativeSplices(outline: Outline): Splice[] {
  const top = membersOf(outline, 0)
  const parameters = top.get('parameters')
  const incremental = memberText('incremental_output', true)
  const off = turnOn(outline, top.get('stream'))
  if (parameters === undefined) return [...off, prepend(outline, 0, [`"parameters":{${incremental}}`])]
  if (!isObject(outline, parameters)) return [...off, replaceEmpty(outline, parameters, `{${incremental}}`)]
  const members = membersOf(outline, parameters)
  return [
    ...off,
    ...turnOn(outline, members.get('stream')),
    set(outline, parameters, members.get('incremental_output'), incremental, 'true'),
  ]
}

function bodySplices(outline: Outline, asksForUsage: boolean): Splice[] {
  const top = membersOf(outline, 0)
  const stream = top.get('stream')
  const options = top.get('stream_options')
  const usage = memberText('include_usage', true)
  const missing = [
    ...(stream === undefined ? ['"stream":true'] : []),
    ...(asksForUsage && options === undefined ? [`"stream_options":{${usage}}`] : []),
  ]
  const splices = missing.length > 0 ? [prepend(outline, 0, missing)] : []
  if (stream !== undefined) splices.push(replaceEmpty(outline, stream, 'true'))
  if (asksForUsage && options !== undefined) {
    const named = membersOf(outline, options).get('include_usage')
    splices.push(
      isObject(outline, options)
        ? set(outline, options, named, usage, 'true')
        : replaceEmpty(outline, options, `{${usage}}`),
    )
  }
  return splices
}

/** Replaces the value of a member, or adds the member before the others. */
function set(
  outline: Outline,
  object: number,
  value: number | undefined,
  member: string,
  text: string,
): Splice {
  return value === undefined ? prepend(outline, object, [member]) : replaceEmpty(outline, value, text)
}

function turnOn(outline: Outline, value: number | undefined): Splice[] {
  if (value === undefined || tokenAt(outline, value) !== 'false') return []
  return [replaceEmpty(outline, value, 'true')]
}
