/** The response of `POST /edge/tokens`. */
export interface Minted {
  token: string
  /** ISO 8601. */
  expires_at: string
}

/** Where tokens come from: exactly one of `token`, `turnstile` and `jwt`. */
export interface ClientOptions {
  /** The gateway's URL, like `https://gateway.example`. */
  gateway: string
  /** Gets a token from the page's back end, which uses a client key. */
  token?: () => Promise<Minted>
  /** The id of the key for the token, with `turnstile` and `jwt`. */
  keyId?: string
  /** Returns a new response of the Turnstile widget. */
  turnstile?: () => Promise<string>
  /** Returns a JWT of an issuer that the key trusts. */
  jwt?: () => Promise<string>
  /** Additional members of the body of `POST /edge/tokens`, such as `ttl_seconds` or `models`. */
  mint?: Record<string, unknown>
}

/** One event of a stream, in the dialect of the path. */
// biome-ignore lint/suspicious/noExplicitAny: the shape belongs to the endpoint, not to this client
export type StreamEvent = any

export interface Client {
  /** Returns a valid session token, requested and renewed as needed; concurrent calls share one request. */
  token: () => Promise<string>
  /** `fetch` with the token, only for the gateway; it can be passed to the OpenAI SDK. */
  fetch: typeof fetch
  /**
   * The events of a streaming response in any dialect.
   *
   * @param path a path like `/compatible-mode/v1/chat/completions`.
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
