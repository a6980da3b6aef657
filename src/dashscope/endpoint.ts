import type { Dialect } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import type { PathPattern } from './path.ts'

/** What kind of conversation an endpoint holds; decides how its body is read. */
export type Family =
  | 'text'
  | 'multimodal'
  | 'embeddings'
  | 'rerank'
  | 'app'
  | 'submit'
  | 'task'
  | 'upload-policy'
  | 'public-key'
  | 'chat'
  | 'models'
  | 'responses'
  | 'file'
  | 'anthropic'

/** DashScope keeps tasks and files per account, so the gateway keeps whose they are. */
export interface Ownership {
  kind: 'task' | 'file'
  action: 'create' | 'read' | 'list' | 'delete'
}

export interface Endpoint {
  /** What policies and logs call it. */
  name: string
  method: 'GET' | 'POST' | 'DELETE'
  pattern: PathPattern
  family: Family
  dialect: Dialect
  /** What the request carries. */
  body: 'json' | 'multipart' | 'none'
  schema?: Schema
  /** How a stream is asked for: native by header, elsewhere by the body's `stream` (DashScope API reference, SSE). */
  stream: 'header' | 'body' | 'never'
  /** Whether a non-stream 200 answer may be kept. */
  cacheable: boolean
  /** Where the answer's (or a frame's) usage stands, key by key; absent where DashScope bills nothing by tokens. */
  usage?: readonly string[]
  ownership?: Ownership
  /** Query parameters that go upstream; every other one stays here (`api_key` is a credential to DashScope). */
  query?: readonly string[]
}

/** The path and query that go to DashScope: the path unchanged, and the query parameters that the endpoint knows. */
export function upstreamPath(url: URL, endpoint: Endpoint): string {
  if (url.search === '') return url.pathname
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => endpoint.query?.includes(name)))
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname
}

/** Whether DashScope charges for the endpoint: model calls and tasks, but not look-ups and files. */
export function isBilled({ usage, ownership, family }: Endpoint): boolean {
  return family !== 'file' && (usage !== undefined || ownership?.action === 'create')
}
