import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** What this room needs to know of a request to find out whose tasks and files it names. */
export interface OwnedCall extends Pick<UpstreamCall, 'url' | 'endpoint' | 'asTask' | 'targets' | 'config'> {
  principal: Principal
  /** What the path has at `{id}`. */
  id: string | undefined
  /** Uploaded files that the request names. */
  fileIds: readonly string[]
  /** Temporary uploads that the request names, as object names of DashScope's bucket. */
  uploads?: readonly string[]
}
