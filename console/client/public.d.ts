/** What `POST /edge/tokens` answers. */
export interface Minted {
  token: string
  /** ISO 8601. */
  expires_at: string
}

/** Where tokens come from: exactly one of `token`, `turnstile` and `jwt`. */
export interface ClientOptions {
  /** The gateway's address, as in `https://gateway.example`. */
  gateway: string
  /** Asks the page's own back end, which mints with a client key. */
  token?: () => Promise<Minted>
  /** The id of the key to mint from, for `turnstile` and `jwt`. */
  keyId?: string
  /** Gives a fresh response of the Turnstile widget. */
  turnstile?: () => Promise<string>
  /** Gives a JWT of an issuer that the key trusts. */
  jwt?: () => Promise<string>
  /** More of the body of `POST /edge/tokens`, such as `ttl_seconds` or `models`. */
  mint?: Record<string, unknown>
}

/** One event of a stream, in the dialect of the path that was asked. */
// biome-ignore lint/suspicious/noExplicitAny: the shape belongs to the endpoint, not to this client
export type StreamEvent = any

export interface Client {
  /** A valid session token; minted and renewed as needed, once for all that ask at the same time. */
  token: () => Promise<string>
  /** `fetch` with the token, for the gateway alone; it can be given to the OpenAI SDK. */
  fetch: typeof fetch
  /**
   * The events of a streaming response in any dialect.
   *
   * @param path as in `/compatible-mode/v1/chat/completions`.
   * @throws GatewayError for a refusal, for an error within the stream, and for a stream that breaks off.
   */
  stream: (path: string, body: object, init?: RequestInit) => AsyncGenerator<StreamEvent>
}

export declare class GatewayError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  /** Seconds. */
  readonly retryAfter: number | undefined
}

export declare function createClient(options: ClientOptions): Client
