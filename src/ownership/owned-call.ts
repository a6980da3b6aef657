import type { NamedIds } from '../dashscope/request/named-ids.ts'
import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** What this room needs to know of a request to find out what of the account it names, and whose that is. */
export interface OwnedCall extends Pick<UpstreamCall, 'url' | 'endpoint' | 'asTask' | 'targets' | 'config'> {
  principal: Principal
  /** What the path has at `{id}`. */
  id: string | undefined
  /** What the body names. */
  namedIds: NamedIds
  /** DashScope does not keep what the response names. */
  isUnstored?: boolean
}
