import type { KeyRecord } from './access/record.ts'
import type { CachePlan } from './cache/plan.ts'
import type { Config } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'

/**
 * Everything about a request that was let in: who asks what of which endpoint. The body is here as bytes only: its text and
 * its parsed form are as large again, and a request may wait minutes for its answer.
 */
export interface Call {
  request: Request
  url: URL
  key: KeyRecord
  endpoint: Endpoint
  /** What stands at `{id}` in the path. */
  id: string | undefined
  /** The body as it came; these very bytes go upstream. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  stream: boolean
  /** Whether a task is wanted instead of an answer. */
  asTask: boolean
  /** Uploaded files that the request names. */
  fileIds: string[]
  cache: CachePlan
  config: Config
}
