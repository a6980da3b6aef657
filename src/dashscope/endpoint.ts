import type { Dialect } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import { canonicalPath } from './alias-paths.ts'
import type { OwnedKind } from './ownable.ts'
import type { Region } from './regions.ts'

/** What the endpoint does with a kind of thing that DashScope keeps per account; see ownable.ts. */
export interface Ownership {
  kind: OwnedKind
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
  body: 'json' | 'multipart' | 'sdp' | 'none'
  /** The part of a form that holds the file; absent: `file`. Only such a file can be the input of a batch. */
  fileField?: 'files'
  /** Builds the schema of a JSON body; called at most once, when the endpoint is first used. */
  schema?: () => Schema
  /** Where the request names its model: in the body, as `{app}` in the path (applications), or in the query. */
  model: 'body' | 'path' | 'query' | 'none'

  /** How a stream is asked for: native by header, elsewhere by the body's `stream` (DashScope API reference, SSE). */
  stream: 'header' | 'body' | 'never'
  /** Format of the stream, if the gateway can convert between a stream and a whole response. */
  streamFormat?: StreamFormat

  /** The model writes text, so the response costs output tokens. */
  isGenerated: boolean
  /** Parameters that bound the length of the response and that this endpoint reads; the preferred one first. */
  lengthFields: readonly string[]
  /** How the request bounds thinking: by a budget (native, chat), by an effort (Responses) or by Anthropic's `thinking`. */
  thinking?: 'budget' | 'effort' | 'anthropic'
  /** One request can make several results although it does not say `n`, so a cap on `n` needs the number. */
  needsCount: boolean
  /** Where a system message belongs; absent if the endpoint takes none. */
  systemMessage?: 'text-messages' | 'part-messages' | 'messages' | 'system' | 'instructions'

  /** Whether a non-stream 200 response may be cached. */
  cacheable: boolean
  /** Longest cache lifetime in seconds, whatever the key or the caller asks for. */
  maxCacheSeconds?: number

  /** What a task or model of the endpoint makes, which decides the unit that is reserved; absent: text or vectors. */
  product?: 'image' | 'video' | 'transcript' | 'music' | 'model'
  /** Path of member names to the usage in a response or event; absent if DashScope bills nothing. */
  usage?: readonly string[]
  ownership?: Ownership
  /** The body's action makes, lists, changes or deletes things of this kind; see request/customization.ts. */
  customizes?: 'voice' | 'vocabulary'
  /** The response is the result of what was started earlier, which its usage bills. */
  isResult?: true

  /** The endpoint can be asked for at the host of Batch Chat, at half the price. */
  hasBatchChat?: true

  /** How long DashScope may take until the first byte, in seconds; absent: as long as the operator allows. */
  firstByteSeconds?: number
  /** How often a failed request may be sent again: always, only if it was refused before it began, or never. */
  repeatable: 'freely' | 'refused' | 'never'
  /** The response refers to state that only one account has, so the request always goes to the same account. */
  isAccountBound: boolean
  /** Regions that can serve the endpoint, whatever the model; absent: all. */
  regions?: readonly Region[]
  /** The response lists models, whole or in pages, or describes one; a key sees those that it may use. */
  lists?: 'models' | 'catalogue' | 'model'
  /** What follows the response does not pass through the gateway, so nothing of it can be bounded or counted. */
  isUnmetered?: true
  /** The gateway makes the endpoint of DashScope's native ones, in the shape of OpenAI's API; see src/translate. */
  isTranslated?: true
  /** The response body is no JSON, or a file of any size, and is passed on without being read. */
  isDownload: boolean

  /** Query parameters that go upstream; others are dropped (`api_key` is a credential to DashScope). */
  query?: readonly string[]
}

/**
 * A path with named segments: `{id}` is what is owned, `{app}` an application, `{item}` a part of what is owned, `{model}`
 * a model.
 */
export interface PathPattern {
  /** As the documentation writes it: `/api/v1/tasks/{id}/cancel`. */
  template: string
  /** What precedes the first named segment. */
  prefix: string
  /** Matches a whole path; undefined if no segment is named. */
  matcher: RegExp | undefined
}

/** What a path has at the named segments of its pattern. */
export interface PathNames {
  /** What is owned, or a model. */
  id: string | undefined
  app: string | undefined
}

/** Letters, digits and `._-`, as in DashScope's ids; excludes `.` and `..`, which would leave the segment. */
const SEGMENT = '(?!\\.{1,2}(?:/|$))[\\w.-]{1,128}'

/** Names of models have slashes (`kimi/kimi-k3`) and colons, which SDKs encode. */
const MODEL_SEGMENT = '[\\w.:-]|%3a'
const MODEL = `(?=.{1,256}$)(?:(?!\\.{1,2}(?:/|%2f|$))(?:${MODEL_SEGMENT})+(?:/|%2f|$))+(?<!/|%2f)`

/** Reads `/api/v1/tasks/{id}/cancel`. A template holds no character that is special in a regular expression. */
export function pathPattern(template: string): PathPattern {
  const [prefix = template] = template.split('{', 1)
  const source = template.replaceAll(
    /\{(\w+)\}/g,
    (_, name) => `(?<${name}>${name === 'model' ? MODEL : SEGMENT})`,
  )
  return {
    template,
    prefix,
    matcher:
      prefix === template ? undefined : new RegExp(`^${source}$`, template.includes('{model}') ? 'i' : ''),
  }
}

/** Matches a path against a pattern; returns what its named segments are, or undefined if the path does not match. */
export function matchPath({ template, prefix, matcher }: PathPattern, path: string): PathNames | undefined {
  if (!matcher) return path === template ? { id: undefined, app: undefined } : undefined
  const groups = path.startsWith(prefix) ? matcher.exec(path)?.groups : undefined
  return groups && { id: groups.id ?? (groups.model && decodeURIComponent(groups.model)), app: groups.app }
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
