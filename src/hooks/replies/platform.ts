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

/** How a hook replies, as its operator has set it. */
export interface ReplySettings {
  format: 'markdown' | 'card' | 'text'
  thread: boolean
  mention: boolean
  /** Replaces the origin of the platform's API, for stand-ins and proxies. */
  base_url: string | null
  /** The operator's card template, for platforms whose streaming cards need one. */
  card_template: string | null
}

/** What one message of a reply is made of. */
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

/** An access token that a platform's API gives for the app's secret. */
export interface TokenSource {
  request: PlatformRequest
  /** Reads the response; undefined for a refusal. */
  read: (response: JsonObject) => { token: string; expiresInSeconds: number } | undefined
}

/** Sends a request and returns what the platform said; rejects if it refused. */
export type AskPlatform = (request: PlatformRequest) => Promise<JsonObject>

/** A card that was sent and grows while the model answers. */
export interface Card {
  id: string
  openedMs: number
}

/** How a platform shows a reply while it is written. */
export interface Cards {
  /** The longest text of a card, in UTF-8 bytes. */
  maxBytes: number
  /** Creates a card with its first text and sends it; undefined if the hook holds no way to. Rejects as `ask` does. */
  open: (text: string, context: ReplyContext, ask: AskPlatform) => Promise<string | undefined>
  /** Shows the whole text so far. */
  update: (card: Card, text: string, context: ReplyContext, ask: AskPlatform) => Promise<void>
  /** Shows the last text and ends the card's "generating" state. A repetition is harmless. */
  finish: (
    card: Card,
    text: string,
    isError: boolean,
    context: ReplyContext,
    ask: AskPlatform,
  ) => Promise<void>
}

/** A picture of an event: the request that gets its bytes, and how they are decrypted. */
export interface PictureSource {
  request: PlatformRequest
  /** Where the platform keeps its files under signed addresses: the request for the one it leads to; undefined for a foreign one. */
  follow?: (location: string) => PlatformRequest | undefined
  decrypt?: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** A chat platform as a place to write to: one file, one row. */
export interface Platform {
  dialect: MarkdownDialect
  /** The longest message, in UTF-8 bytes, with room for what the reply adds. */
  maxBytes: number
  /** How many messages an event may be answered with; absent: any number. */
  maxMessages?: number
  /** How to get an access token; undefined if the hook holds no secret for it, or the platform has none. */
  token: (context: Omit<ReplyContext, 'accessToken' | 'messageId'>) => TokenSource | undefined
  /** Whether a message can be written without an access token, although the platform has them. */
  needsNoToken?: (context: Omit<ReplyContext, 'accessToken' | 'messageId'>) => boolean
  /** The request that writes one message; undefined if the hook holds no way to reply. */
  message: (text: string, context: ReplyContext) => PlatformRequest | undefined
  cards?: Cards
  /** Where a picture of the event is; undefined if the hook holds no way to it, or the platform does not serve it. */
  picture?: (
    picture: Attachment,
    context: ReplyContext,
    ask: AskPlatform,
  ) => Promise<PictureSource | undefined>
  /** What the platform says went wrong although it answered 2xx; undefined for success. */
  failure: (response: JsonObject) => string | undefined
  /** Codes that mean the access token has expired. */
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
 * The address of a platform's API under the hook's `base_url`: the origin is replaced, path and query stay.
 *
 * @param base the platform's own origin.
 */
export function apiUrl(base: string, path: string, { base_url }: Pick<ReplySettings, 'base_url'>): string {
  return (base_url ?? base).replace(/\/+$/, '') + path
}

/**
 * An address that came with an event, checked against the platform's hosts and moved under the hook's `base_url`. A foreign
 * host is refused even if the hook replaces the origin: the event must not choose where a reply goes.
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
