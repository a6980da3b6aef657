import type { Dialect } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import { canonicalPath } from './alias-paths.ts'
import type { OwnedKind } from './ownable.ts'
import type { Region } from './regions.ts'

/** What the endpoint does with a kind of object that DashScope stores per account; see ownable.ts. */
export interface Ownership {
  kind: OwnedKind
  action: 'create' | 'read' | 'list' | 'delete'
}

/** How the events of a stream carry a response; see stream/join.ts. */
export type StreamFormat = 'native' | 'chat' | 'completion' | 'anthropic'

/**
 * One endpoint of DashScope and all its traits. A new endpoint is a new row in rows/; other modules read the
 * traits. Only src/translate and src/hooks/prompt.ts look at names, since they write bodies for certain endpoints.
 */
export interface Endpoint {
  /** The name in policies, logs and usage. */
  name: string
  method: 'GET' | 'POST' | 'DELETE'
  pattern: PathPattern
  dialect: Dialect
  /** The kind of request body. */
  body: 'json' | 'multipart' | 'sdp' | 'none'
  /** The form part with the file; undefined: `file`. Only a file sent in `file` can be the input of a batch. */
  fileField?: 'files'
  /** Builds the schema of a JSON body; called at most once, when the endpoint is first used. */
  schema?: () => Schema
  /** Where the request has its model: in the body, as `{app}` in the path (applications), or in the query. */
  model: 'body' | 'path' | 'query' | 'none'

  /**
   * How a stream is requested: by header for native endpoints, elsewhere by `stream` in the body (DashScope API
   * reference, SSE).
   */
  stream: 'header' | 'body' | 'never'
  /** Format of the stream, if the gateway can convert between a stream and a whole response. */
  streamFormat?: StreamFormat

  /** The model generates text, so the response costs output tokens. */
  isGenerated: boolean
  /** Parameters of this endpoint that bound the length of the response; the preferred one first. */
  lengthFields: readonly string[]
  /** How the request bounds thinking: by a budget (native, chat), by an effort (Responses) or by Anthropic's `thinking`. */
  thinking?: 'budget' | 'effort' | 'anthropic'
  /** A request without `n` can produce several results, so if `n` is capped, the request must set it. */
  needsCount: boolean
  /** Where a system message is placed; undefined if the endpoint accepts none. */
  systemMessage?: 'text-messages' | 'part-messages' | 'messages' | 'system' | 'instructions'

  /** Whether a non-stream 200 response may be cached. */
  cacheable: boolean
  /** Longest cache lifetime in seconds, whatever the key or the caller sets. */
  maxCacheSeconds?: number

  /**
   * What a task or model of the endpoint produces, which decides the unit of the reservation; undefined: text or
   * vectors.
   */
  product?: 'image' | 'video' | 'transcript' | 'music' | 'model'
  /** Path of member names to the usage in a response or event; undefined if the endpoint is free. */
  usage?: readonly string[]
  ownership?: Ownership
  /** The body's action creates, lists, changes or deletes objects of this kind; see request/customization.ts. */
  customizes?: 'voice' | 'vocabulary'
  /** The response is the result of an earlier request, and its usage is charged to that request. */
  isResult?: true

  /** The endpoint is also available at the host of Batch Chat, at half the price. */
  hasBatchChat?: true

  /** How long DashScope may take until the first byte, in seconds; undefined: as long as the operator allows. */
  firstByteSeconds?: number
  /** Whether a failed request may be retried: always, only if it was refused before it began, or never. */
  repeatable: 'freely' | 'refused' | 'never'
  /** The response refers to state of one account, so the request always goes to the same account. */
  isAccountBound: boolean
  /** Regions that can serve the endpoint, whatever the model; undefined: all. */
  regions?: readonly Region[]
  /**
   * The response lists all models or a page of them, or describes one; a key sees only the models that it may use.
   */
  lists?: 'models' | 'catalogue' | 'model'
  /** DashScope does not document the endpoint and may lack it. Its errors in the dialect are `{"type":"error"}`. */
  isOptional?: true
  /** The traffic after the response bypasses the gateway, so it can be neither limited nor counted. */
  isUnmetered?: true
  /** The gateway implements this endpoint of OpenAI's API by native ones of DashScope; see src/translate. */
  isTranslated?: true
  /** The response body is not JSON, or a file of any size, and is relayed without being read. */
  isDownload: boolean

  /** Query parameters that are forwarded; others are dropped (DashScope reads `api_key` as a credential). */
  query?: readonly string[]
}

/**
 * A path with named segments: `{id}` is an owned object, `{app}` an application, `{item}` a part of an owned object,
 * `{model}` a model.
 */
export interface PathPattern {
  /** As in the documentation: `/api/v1/tasks/{id}/cancel`. */
  template: string
  /** The text before the first named segment. */
  prefix: string
  /** Matches a whole path; undefined if the path has no named segments. */
  matcher: RegExp | undefined
}

/** The values of a path's named segments. */
export interface PathNames {
  /** An owned object, or a model. */
  id: string | undefined
  app: string | undefined
}

/** Letters, digits and `._-`, as in DashScope's ids; excludes `.` and `..`, which would change the path. */
const SEGMENT = '(?!\\.{1,2}(?:/|$))[\\w.-]{1,128}'

/** Model names contain slashes (`kimi/kimi-k3`) and colons; SDKs encode them. */
const MODEL_SEGMENT = '[\\w.:-]|%3a'
const MODEL = `(?=.{1,256}$)(?:(?!\\.{1,2}(?:/|%2f|$))(?:${MODEL_SEGMENT})+(?:/|%2f|$))+(?<!/|%2f)`

/**
 * Parses a template such as `/api/v1/tasks/{id}/cancel`. Templates contain no characters that are special in regular
 * expressions.
 */
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

/**
 * Matches a path against a pattern; returns the values of its named segments, or undefined if the path does not
 * match.
 */
export function matchPath({ template, prefix, matcher }: PathPattern, path: string): PathNames | undefined {
  if (!matcher) return path === template ? { id: undefined, app: undefined } : undefined
  const groups = path.startsWith(prefix) ? matcher.exec(path)?.groups : undefined
  return groups && { id: groups.id ?? (groups.model && decodeURIComponent(groups.model)), app: groups.app }
}

/**
 * The path and query for DashScope: the path unchanged unless it is an alias, and only the query parameters in the
 * endpoint's row.
 */
export function upstreamPath(url: URL, endpoint: Endpoint): string {
  const path = canonicalPath(url.pathname)
  if (url.search === '') return path
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => endpoint.query?.includes(name)))
  return query.size > 0 ? `${path}?${query}` : path
}

/** Whether DashScope bills the endpoint: model calls and tasks, but not lookups and files. */
export function isBilled({ usage }: Endpoint): boolean {
  return usage !== undefined
}
