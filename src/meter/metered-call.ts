import type { Principal } from '../policy/key-record.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** What this room needs to know of a request to reserve, estimate and settle it. */
export interface MeteredCall
  extends Pick<
    UpstreamCall,
    'request' | 'endpoint' | 'model' | 'fallbacks' | 'stream' | 'targets' | 'config'
  > {
  principal: Principal
  /** Tokens it may use; all 0 where nothing is reserved or estimated. */
  estimate: { input: number; output: number }
}
