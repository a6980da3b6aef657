import type { CachePlan } from '../cache/plan.ts'
import type { KeptText } from '../meter/kept-request.ts'
import type { MeteredCall } from '../meter/metered-call.ts'
import type { OwnedCall } from '../ownership/owned-call.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'
import type { Translation } from './translation.ts'
import type { OpenUpload } from './upload/open-upload.ts'

/**
 * An authorized request: caller, endpoint and content. It keeps the body only as bytes, since its text and parsed
 * value take as much memory again, and a request may wait minutes for its response.
 */
export interface ProxyRequest extends UpstreamCall, MeteredCall, OwnedCall {
  /** The upload form in the body, whose beginning was read. */
  form?: OpenUpload
  cache: CachePlan
  /** The body as the caller sent it, if it is kept for the request log. */
  keptBody?: KeptText
  /** Usage is requested in the stream so that limits work; the caller did not request it, so it is removed. */
  hidesUsage: boolean
  /** Translates a request of another API; undefined: the response is relayed. */
  translation?: Translation
}
