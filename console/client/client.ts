import { readEvents } from './events.ts'
import type { Client, ClientOptions, Minted, StreamEvent } from './public.d.ts'

/** How long before its expiry a session token is renewed, so that none expires in transit. */
const RENEW_BEFORE_MS = 30_000

/** A failure of the gateway or of DashScope, with the gateway's message. */
export class GatewayError extends Error {
  override name = 'GatewayError'
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, message: string, headers: Headers) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = headers.get('x-edge-request-id')
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    this.retryAfter = Number.isFinite(seconds) ? seconds : undefined
  }
}

/** Creates a client for pages; see public.d.ts. */
export function createClient(options: ClientOptions): Client {
  const gateway = options.gateway.replace(/\/$/, '')
  let minting: Promise<Minted> | undefined
  let renewAtMs = 0

  const token = async (): Promise<string> => {
    if (minting === undefined || Date.now() >= renewAtMs) {
      minting = mint(gateway, options)
      renewAtMs = Number.POSITIVE_INFINITY
      minting.then(
        ({ expires_at }) => {
          renewAtMs = Date.parse(expires_at) - RENEW_BEFORE_MS
        },
        () => {
          minting = undefined
        },
      )
    }
    return (await minting).token
  }

  const send: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : String(input), `${gateway}/`)
    if (url.origin !== new URL(gateway).origin) throw new TypeError(`The token is only for ${gateway}.`)
    const ask = async () => {
      const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined))
      headers.set('authorization', `Bearer ${await token()}`)
      return fetch(input instanceof Request ? new Request(input.clone(), { ...init, headers }) : url, {
        ...init,
        headers,
      })
    }
    const response = await ask()
    if (response.status !== 401) return response
    // The token was revoked or has expired: get a new one and retry once.
    minting = undefined
    return ask()
  }

  async function* stream(path: string, body: object, init: RequestInit = {}): AsyncGenerator<StreamEvent> {
    const isNative = path.startsWith('/api/')
    const headers = new Headers(init.headers)
    headers.set('content-type', 'application/json')
    if (isNative) headers.set('x-dashscope-sse', 'enable')
    const asked = isNative ? body : { ...body, stream: true }
    const response = await send(gateway + path, {
      ...init,
      method: 'POST',
      headers,
      body: JSON.stringify(asked),
    })
    if (!response.ok || !response.body) throw await errorOf(response)
    let isComplete = false
    for await (const { event, data } of readEvents(response.body)) {
      if (data === '[DONE]') return
      const value = JSON.parse(data)
      const failure =
        event === 'error' || value.type === 'error' || value.error
          ? (value.error ?? value)
          : value.response?.error
      if (failure)
        throw new GatewayError(
          response.status,
          failure.code ?? failure.type ?? '',
          failure.message ?? '',
          response.headers,
        )
      const finish = value.output?.choices?.[0]?.finish_reason ?? value.output?.finish_reason
      isComplete ||=
        ['message_stop', 'response.completed', 'response.incomplete'].includes(value.type) ||
        (isNative && Boolean(finish) && finish !== 'null')
      yield value
    }
    if (!isComplete)
      throw new GatewayError(response.status, 'Incomplete', 'The response broke off.', response.headers)
  }

  return { token, fetch: send, stream }
}

/** Gets a token from the page's back end, or from the gateway for a proof. */
async function mint(
  gateway: string,
  { token, keyId, turnstile, jwt, mint: wishes }: ClientOptions,
): Promise<Minted> {
  if (token) return token()
  const proof = turnstile ? { turnstile: await turnstile() } : jwt ? { jwt: await jwt() } : {}
  const response = await fetch(`${gateway}/edge/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key_id: keyId, ...proof, ...wishes }),
  })
  if (!response.ok) throw await errorOf(response)
  return response.json()
}

async function errorOf(response: Response): Promise<GatewayError> {
  const text = await response.text()
  let value: { error?: { code?: string; type?: string; message?: string }; code?: string; message?: string } =
    {}
  try {
    value = JSON.parse(text)
  } catch {
    // The response is not from the gateway.
  }
  const { code, type, message } = { type: undefined, ...value, ...value.error }
  return new GatewayError(
    response.status,
    code ?? type ?? '',
    message ?? text.slice(0, 500),
    response.headers,
  )
}
