import { type Frame, frameReader } from '../dashscope/stream/frames.ts'
import type { Framing } from '../dashscope/stream/framing.ts'
import { startJoin } from '../dashscope/stream/join.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { asStream } from './as-stream.ts'
import { ask, startDeadline, type UpstreamRequest } from './fetch.ts'
import { responseHeaders } from './headers.ts'
import { plainError } from './plain-error.ts'
import { brokenOff, isEventStream, type RelayOptions, relayResponse, requireClaim } from './relay-response.ts'
import { asJson, type UpstreamResponse } from './response.ts'
import type { Aggregation } from './stream-only.ts'

/**
 * Sends a non-stream request as a stream because the model only supports streaming, and joins the events into the
 * response that the caller expects. One deadline covers all of it, since the caller waits for the last byte. Once an
 * event has arrived, DashScope bills the call, so it is not retried.
 *
 * @throws GatewayError as `relay`; `upstream` for a stream that ended early: never half a response (promise P4).
 */
export async function aggregate(
  request: UpstreamRequest,
  options: RelayOptions,
  { framing, onFrame }: Pick<Aggregation, 'framing' | 'onFrame'>,
): Promise<UpstreamResponse> {
  const deadline = startDeadline(options.limitMs, options.signal)
  const progress: Progress = { frames: 0 }
  try {
    const response = await ask(asStream(request, framing), deadline)
    if (!response.ok || !isEventStream(response) || !response.body)
      return await relayResponse(response, options, deadline)
    const joined = await joinStream(response.body, framing, (frame) => {
      progress.frames++
      onFrame?.(frame)
    }).catch(brokenOff(deadline))
    const headers = responseHeaders(response.headers).filter(([name]) => name !== 'x-dashscope-finished')
    if (joined.kind === 'error') {
      const error = plainError(joined.status, headers, bytesOf(joined.data))
      return progress.frames > 1 ? { ...error, isPaid: true } : error
    }
    if (joined.kind === 'broken') {
      throw new GatewayError(
        'upstream',
        "The gateway cannot assemble DashScope's stream into one response. Request a stream instead.",
      )
    }
    requireClaim(options.claim)
    return { kind: 'whole', status: response.status, headers: asJson(headers), body: bytesOf(joined.text) }
  } catch (thrown) {
    throw progress.frames > 0 ? paid(asGatewayError(thrown)) : thrown
  } finally {
    deadline.end()
  }
}

/** How far a stream has come. */
interface Progress {
  frames: number
}

/** Marks the error as paid, so that the request is not retried. */
function paid({ reason, message, cause, upstream }: GatewayError): GatewayError {
  return new GatewayError(reason, message, {
    cause,
    upstream: { status: 0, code: '', ...upstream, isPaid: true },
  })
}

async function joinStream(
  body: ReadableStream<Uint8Array>,
  framing: Framing,
  onFrame: (frame: Frame) => void,
) {
  const joiner = startJoin(framing)
  const nextFrames = frameReader()
  const fails = (frame: Frame) => {
    onFrame(frame)
    return joiner.add(frame)
  }
  for await (const chunk of body) if (nextFrames(chunk).some(fails)) return joiner.result()
  nextFrames().some(fails)
  return joiner.result()
}
