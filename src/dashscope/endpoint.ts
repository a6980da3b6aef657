import type { Dialect } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import { canonicalPath } from './alias-paths.ts'
import type { Region } from './regions.ts'

/** DashScope keeps tasks and files per account, so the gateway records which key owns each of them. */
export interface Ownership {
  kind: 'task' | 'file' | 'upload'
  action: 'create' | 'read' | 'list' | 'delete'
}

/** How the events of a stream carry a response; see stream/join.ts. */
export type StreamFormat = 'native' | 'chat' | 'completion' | 'anthropic'

/**
 * One endpoint of DashScope and everything that the gateway has to know about it. A new endpoint is a new row in
 * rows/; no other module compares names of endpoints.
 */
export interface Endpoint {
  /** The name in policies, logs and usage. */
  name: string
  method: 'GET' | 'POST' | 'DELETE'
  pattern: PathPattern
  dialect: Dialect
  /** What the request carries. */
  body: 'json' | 'multipart' | 'none'
  /** Builds the schema of a JSON body; called at most once, when the endpoint is first used. */
  schema?: () => Schema
  /** Where the request names its model: in the body, as `{id}` in the path (applications), or in the query. */
  model: 'body' | 'path' | 'query' | 'none'

  /** How a stream is asked for: native by header, elsewhere by the body's `stream` (DashScope API reference, SSE). */
  stream: 'header' | 'body' | 'never'
  /** Format of the stream, where the gateway can convert between a stream and a whole response. */
  streamFormat?: StreamFormat

  /** The model writes text, so the response costs output tokens. */
  isGenerated: boolean
  /** Parameters that bound the length of the response and that this endpoint reads; the preferred one first. */
  lengthFields: readonly string[]
  /** How the request bounds thinking: by a budget (native, chat), by an effort (Responses) or by Anthropic's `thinking`. */
  thinking?: 'budget' | 'effort' | 'anthropic'
  /** One request can make several results although it does not say `n`, so a cap on `n` needs the number. */
  needsCount: boolean
  /** Where a system message belongs; absent where the endpoint takes none. */
  systemMessage?: 'text-messages' | 'part-messages' | 'messages' | 'system' | 'instructions'

  /** Whether a non-stream 200 response may be cached. */
  cacheable: boolean
  /** Longest cache lifetime in seconds, whatever the key or the caller asks for. */
  maxCacheSeconds?: number

  /** What a task or model of the endpoint makes, which decides the unit that is reserved; absent: text or vectors. */
  product?: 'image' | 'video' | 'transcript' | 'music' | 'model'
  /** Path of member names to the usage in a response or event; absent where DashScope bills nothing. */
  usage?: readonly string[]
  ownership?: Ownership

  /** How long DashScope may take until the first byte, in seconds; absent: as long as the operator allows. */
  firstByteSeconds?: number
  /** How often a failed request may be sent again: always, only if it was refused before it began, or never. */
  repeatable: 'freely' | 'refused' | 'never'
  /** The response refers to state that only one account has, so the request always goes to the same account. */
  isAccountBound: boolean
  /** Regions that can serve the endpoint, whatever the model; absent: all. */
  regions?: readonly Region[]
  /** The response lists models, of which a key sees those that it may use. */
  isModelList?: true
  /** The response body is a file of any size, which is passed on without being read. */
  isDownload: boolean

  /** Query parameters that go upstream; others are dropped (`api_key` is a credential to DashScope). */
  query?: readonly string[]
}

/** A path with at most one `{id}`, split at that point. */
export interface PathPattern {
  prefix: string
  suffix: string
  hasId: boolean
}

/** Letters, digits and `._-`, as in DashScope's task, file and app ids; excludes `.` and `..`, which would leave the segment. */
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/

/** Splits `/api/v1/tasks/{id}/cancel` at its id. */
export function pathPattern(path: string): PathPattern {
  const [prefix = path, suffix] = path.split('{id}')
  return { prefix, suffix: suffix ?? '', hasId: suffix !== undefined }
}

/** Matches a path against a pattern; returns the id in it, or undefined if the path does not match. */
export function matchPath(pattern: PathPattern, path: string): { id: string | undefined } | undefined {
  if (!pattern.hasId) return path === pattern.prefix ? { id: undefined } : undefined
  if (!path.startsWith(pattern.prefix) || !path.endsWith(pattern.suffix)) return undefined
  const id = path.slice(pattern.prefix.length, path.length - pattern.suffix.length)
  return ID.test(id) ? { id } : undefined
}

/**
 * The path and query that go to DashScope: the path unchanged unless it is an alias, and only the query parameters that
 * the endpoint knows.
 */
export function upstreamPath(url: URL, endpoint: Endpoint): string {
  const path = canonicalPath(url.pathname)
  if (url.search === '') return path
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => endpoint.query?.includes(name)))
  return query.size > 0 ? `${path}?${query}` : path
}

/** Whether DashScope charges for the endpoint: model calls and tasks, but not lookups and files. */
export function isBilled({ usage }: Endpoint): boolean {
  return usage !== undefined
}
