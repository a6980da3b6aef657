import type { CachePlan } from '../cache/plan.ts'
import type { MeteredCall } from '../meter/metered-call.ts'
import type { OwnedCall } from '../ownership/owned-call.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'
import type { Translation } from './translation.ts'
import type { OpenUpload } from './upload/open-upload.ts'

/**
 * An authorized request: who asks what of which endpoint. It holds the body as bytes only: its text and its parsed value
 * are as large again, and a request may wait minutes for its response.
 */
export interface ProxyRequest extends UpstreamCall, MeteredCall, OwnedCall {
  /** The form with a file that it carries, of which the beginning was read. */
  form?: OpenUpload
  cache: CachePlan
  /** The stream is asked for its usage so that limits hold; the caller did not ask, and does not see it. */
  hidesUsage: boolean
  /** For a request in another API's shape; absent: the response is relayed. */
  translation?: Translation
}
