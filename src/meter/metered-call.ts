import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Usage } from '../dashscope/usage.ts'
import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** The part of a request that is needed to estimate, reserve and settle it. */
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
    | 'deadlines'
    | 'config'
  > {
  principal: Principal
  /** The principal that is charged, if it is not the caller: the end user in the lines of a batch. */
  payer?: Principal
  /** The estimated usage; zero if the request is neither limited nor a stream. */
  estimate: Usage
  /** The usage is spread over hours, so it does not count in `tokens_per_minute`. */
  isDeferred?: boolean
  /** The price of the estimate, in nanos, if its parts (the lines of a batch) were priced separately. */
  estimatedMoney?: number
  /** The description of the request. */
  asked: RequestDescription
}
