import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Usage } from '../dashscope/usage.ts'
import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** What this room needs to know of a request to reserve, estimate and settle it. */
export interface MeteredCall
  extends Pick<
    UpstreamCall,
    | 'request'
    | 'endpoint'
    | 'model'
    | 'fallbacks'
    | 'stream'
    | 'asTask'
    | 'asBatchChat'
    | 'targets'
    | 'config'
  > {
  principal: Principal
  /** Who is charged, if that is not the caller itself: the end user that the lines of a batch name. */
  payer?: Principal
  /** What it may use; nothing if it is neither limited nor a stream. */
  estimate: Usage
  /** The estimate is used over hours, so that it does not count in `tokens_per_minute`. */
  isDeferred?: boolean
  /** What the estimate costs, in nanos, if its parts were priced one by one: the lines of a batch. */
  estimatedMoney?: number
  /** What it asks for. */
  asked: RequestDescription
}
