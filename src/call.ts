import type { Principal } from './access/record.ts'
import type { CachePlan } from './cache/plan.ts'
import type { Config } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'
import type { Fields } from './fields.ts'
import type { Deadlines } from './relay/deadlines.ts'
import type { Aggregation } from './relay/stream-only.ts'
import type { Targets } from './relay/targets.ts'

/**
 * Everything about a request that was let in: who asks what of which endpoint. The body is here as bytes only: its text and
 * its parsed form are as large again, and a request may wait minutes for its answer.
 */
export interface Call {
  request: Request
  /** The request's. */
  headers: Fields
  url: URL
  principal: Principal
  endpoint: Endpoint
  /** What stands at `{id}` in the path. */
  id: string | undefined
  /** The model asked, `app:{id}` for an application, the endpoint's name in brackets where no model is asked. */
  model: string
  /** The body as it goes upstream: as it came, or with what a session token froze. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  stream: boolean
  /** Whether a task is wanted instead of an answer. */
  asTask: boolean
  /** Whether it chooses among the operator's workspaces. */
  namesWorkspace: boolean
  /** Uploaded files that the request names. */
  fileIds: string[]
  /** Tokens it may use; all 0 where nobody reserves or estimates. */
  estimate: { input: number; output: number }
  cache: CachePlan
  /** How to ask as a stream what is none; absent where nobody would. */
  aggregation: Aggregation | undefined
  /** Where it may be asked, in the order of preference. */
  targets: Targets
  deadlines: Deadlines
  config: Config
}
