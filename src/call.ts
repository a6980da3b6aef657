import type { KeyRecord } from './access/record.ts'
import type { Config } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'
import type { Question } from './question.ts'

/** Everything about a request that was let in: who asks what of which endpoint. */
export interface Call {
  request: Request
  url: URL
  key: KeyRecord
  endpoint: Endpoint
  /** What stands at `{id}` in the path. */
  id: string | undefined
  question: Question
  config: Config
}
