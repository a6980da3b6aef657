import type { NamedIds } from '../dashscope/request/named-ids.ts'
import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** The part of a request that is needed to find the stored objects that it names, and their owners. */
export interface OwnedCall extends Pick<UpstreamCall, 'url' | 'endpoint' | 'asTask' | 'targets' | 'config'> {
  principal: Principal
  /** The `{id}` in the path. */
  id: string | undefined
  /** The ids in the body. */
  namedIds: NamedIds
  /** DashScope does not store the object that the response names. */
  isUnstored?: boolean
}
