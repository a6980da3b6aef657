/** A JSON object whose members are unknown. */
export type Json = Record<string, unknown>

/** One request to a platform's API. */
export interface PlatformCall {
  platform: string
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: Json
}

/** The response of the API: JSON, or the bytes of a file. */
export interface PlatformReply {
  status: number
  body: Json | Buffer
  headers?: Record<string, string>
}

/** A posted message. */
export interface WrittenMessage {
  platform: string
  /** The channel, conversation, message or issue that it was posted to. */
  place: string
  text: string
}

/** A streaming card. */
export interface CardState {
  platform: string
  place: string
  /** Every text it has shown, oldest first. */
  texts: string[]
  sequence: number
  isFinished: boolean
  isError: boolean
}

/** The state of the platforms. */
export interface World {
  messages: WrittenMessage[]
  cards: Map<string, CardState>
  /** Files of messages by their key, code or path. */
  files: Map<string, Buffer>
  /** Access tokens that were issued and have not expired. */
  tokens: Set<string>
  /** A new name: card ids, access tokens. */
  nextId: (prefix: string) => string
}

/** One platform's API: its paths and responses. */
export interface PlatformStandIn {
  name: string
  paths: RegExp
  respond: (call: PlatformCall, world: World) => PlatformReply
}

export function json(body: Json, status = 200): PlatformReply {
  return { status, body }
}

export function textIn(object: unknown, ...path: string[]): string {
  const value = path.reduce<unknown>((inner, name) => (inner as Json | undefined)?.[name], object)
  return typeof value === 'string' ? value : ''
}

/** The credential of `Authorization: Bearer`. One that contains "invalid" is refused everywhere. */
export function bearerOf({ headers }: PlatformCall): string | undefined {
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
  return token?.includes('invalid') ? undefined : token
}
