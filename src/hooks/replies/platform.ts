import type { JsonObject } from '../../lib/json/object.ts'
import type { Attachment, HookEvent } from '../events/event.ts'
import type { MarkdownDialect } from './markdown.ts'

/** One HTTP request to a platform's API. */
export interface PlatformRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  url: string
  headers: Record<string, string>
  body: string
}

/** The reply settings of a hook. */
export interface ReplySettings {
  format: 'markdown' | 'card' | 'text'
  thread: boolean
  mention: boolean
  /** Replaces the origin of the platform's API, for stand-ins and proxies. */
  base_url: string | null
  /** The operator's card template, for platforms that need one for streaming cards. */
  card_template: string | null
}

/** The inputs for one message of a reply. */
export interface ReplyContext {
  event: HookEvent
  settings: ReplySettings
  secrets: Readonly<Record<string, string | undefined>>
  /** The access token of platforms that have one; see {@link Platform.token}. */
  accessToken: string | undefined
  /** Identifies this message across tries, for platforms that deduplicate. */
  messageId: string
  nowMs: number
}

/** How to get an access token for the app's secret. */
export interface TokenSource {
  request: PlatformRequest
  /** Reads the response; undefined for a refusal. */
  read: (response: JsonObject) => { token: string; expiresInSeconds: number } | undefined
}

/** Sends a request and returns the platform's response; rejects if the platform refuses. */
export type AskPlatform = (request: PlatformRequest) => Promise<JsonObject>

/** A card that is updated while the model answers. */
export interface Card {
  id: string
  openedMs: number
}

/** How a platform shows a reply while it is generated. */
export interface Cards {
  /** The longest text of a card, in UTF-8 bytes. */
  maxBytes: number
  /**
   * Creates a card with its first text and sends it; undefined if the hook lacks a secret or URL for it. Rejects as
   * `ask` does.
   */
  open: (text: string, context: ReplyContext, ask: AskPlatform) => Promise<string | undefined>
  /** Shows the whole text so far. */
  update: (card: Card, text: string, context: ReplyContext, ask: AskPlatform) => Promise<void>
  /** Shows the last text and ends the card's "generating" state. May be repeated. */
  finish: (
    card: Card,
    text: string,
    isError: boolean,
    context: ReplyContext,
    ask: AskPlatform,
  ) => Promise<void>
}

/** An image of an event: the request for its bytes, and how to decrypt them. */
export interface PictureSource {
  request: PlatformRequest
  /** For platforms that redirect to signed URLs: the request for the target; undefined if its host is not allowed. */
  follow?: (location: string) => PlatformRequest | undefined
  decrypt?: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** A chat platform that replies can be sent to. Each platform is one file. */
export interface Platform {
  dialect: MarkdownDialect
  /** The longest message, in UTF-8 bytes, minus room for the reply's additions. */
  maxBytes: number
  /** The maximum number of messages per event; undefined: no maximum. */
  maxMessages?: number
  /** How to get an access token; undefined if the hook lacks the secret, or the platform has no tokens. */
  token: (context: Omit<ReplyContext, 'accessToken' | 'messageId'>) => TokenSource | undefined
  /** Whether a message can be sent without an access token, although the platform has tokens. */
  needsNoToken?: (context: Omit<ReplyContext, 'accessToken' | 'messageId'>) => boolean
  /** The request that sends one message; undefined if the hook lacks a secret or URL for it. */
  message: (text: string, context: ReplyContext) => PlatformRequest | undefined
  cards?: Cards
  /** How to get an image of the event; undefined if the hook lacks the secret, or the platform does not serve it. */
  picture?: (
    picture: Attachment,
    context: ReplyContext,
    ask: AskPlatform,
  ) => Promise<PictureSource | undefined>
  /** The error in a 2xx response; undefined for success. */
  failure: (response: JsonObject) => string | undefined
  /** Error codes for an expired access token. */
  expiredTokenCodes: readonly (number | string)[]
}

/** A JSON request. */
export function jsonRequest(
  method: 'POST' | 'PUT' | 'PATCH',
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): PlatformRequest {
  return {
    method,
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

/** A request without a body. */
export function getRequest(url: string, headers: Record<string, string> = {}): PlatformRequest {
  return { method: 'GET', url, headers, body: '' }
}

/**
 * The URL of a platform's API, with the origin replaced by the hook's `base_url`; path and query stay.
 *
 * @param base the platform's own origin.
 */
export function apiUrl(base: string, path: string, { base_url }: Pick<ReplySettings, 'base_url'>): string {
  return (base_url ?? base).replace(/\/+$/, '') + path
}

/**
 * A URL from an event, checked against the platform's hosts, with the origin replaced by the hook's `base_url`. Other
 * hosts are refused even if the hook replaces the origin: the event must not choose where a reply is sent.
 */
export function eventUrl(
  address: string,
  hosts: readonly string[],
  { base_url }: Pick<ReplySettings, 'base_url'>,
): string | undefined {
  const url = URL.parse(address)
  const isPlatforms = hosts.some((host) => url?.hostname === host || url?.hostname.endsWith(`.${host}`))
  if (url?.protocol !== 'https:' || url.port !== '' || url.username !== '' || !isPlatforms) return undefined
  return base_url === null ? url.href : base_url.replace(/\/+$/, '') + url.pathname + url.search
}
