import { startAssembly } from '../dashscope/stream/assemble.ts'
import { frameReader } from '../dashscope/stream/frames.ts'
import type { Framing } from '../dashscope/stream/framing.ts'
import { GatewayError } from '../errors.ts'
import { type Answer, asJson, bytesOf } from './answer.ts'
import { asStream } from './as-stream.ts'
import { ask, type UpstreamRequest } from './ask.ts'
import { answerHeaders } from './headers.ts'
import { brokenOff, isEventStream, plainError, type RelayOptions, relay, relayResponse } from './relay.ts'
import { type Aggregation, onlyStreams, refusesForStream, rememberOnlyStreams } from './stream-only.ts'

/**
 * Asks for a whole answer. Where DashScope refuses because the model only streams (thinking models do), it is asked for a
 * stream, and what that tells is put together to the answer that a caller without a stream expects.
 *
 * @throws GatewayError as `relay`; `upstream` for a stream that did not come to its end: never half an answer (promise P4).
 */
export async function relayAsWhole(
  request: UpstreamRequest,
  options: RelayOptions,
  { framing, kind }: Aggregation,
): Promise<Answer> {
  if (!onlyStreams(kind)) {
    const answer = await relay(request, options)
    if (!refusesForStream(answer)) return answer
    rememberOnlyStreams(kind)
  }
  return aggregate(asStream(request, framing), options, framing)
}

/** A stream's deadline is for its first byte; here the caller waits for the last one, so it holds for all of it. */
async function aggregate(request: UpstreamRequest, options: RelayOptions, framing: Framing): Promise<Answer> {
  const { deadlineMs, signal } = options
  const ending = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(tooLate(deadlineMs))
    ending.abort()
  }, deadlineMs)
  if (signal?.aborted) ending.abort()
  signal?.addEventListener('abort', () => ending.abort())
  try {
    return await Promise.race([read(request, options, framing, ending.signal), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function read(
  request: UpstreamRequest,
  options: RelayOptions,
  framing: Framing,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await ask(request, options.deadlineMs, signal)
  if (!isEventStream(response) || !response.body) return relayResponse(response, options)
  const assembly = startAssembly(framing)
  const nextFrames = frameReader()
  try {
    for await (const chunk of response.body) for (const frame of nextFrames(chunk)) assembly.add(frame)
  } catch (cause) {
    brokenOff(cause)
  }
  const headers = answerHeaders(response.headers).filter(([name]) => name !== 'x-dashscope-finished')
  const assembled = assembly.result()
  if (assembled.kind === 'error') return plainError(assembled.status, headers, bytesOf(assembled.data))
  if (assembled.kind === 'broken') brokenOff(undefined)
  const { status } = response
  return { kind: 'whole', status, headers: asJson(headers), body: bytesOf(assembled.text) }
}

function tooLate(deadlineMs: number): GatewayError {
  return new GatewayError(
    'timeout',
    `DashScope did not complete its answer within ${deadlineMs / 1000} seconds. Ask for a stream, or for a shorter answer.`,
  )
}
