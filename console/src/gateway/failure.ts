/** An error response, with the gateway's message. */
export class GatewayFailure extends Error {
  override name = 'GatewayFailure'
  /** HTTP status; 0 if the gateway could not be reached. */
  readonly status: number
  readonly code: string
  /** The field of the request that was wrong. */
  readonly param: string | undefined
  readonly requestId: string | undefined
  /** Seconds until the request may be sent again. */
  readonly retryAfter: number | undefined

  constructor(
    status: number,
    message: string,
    details: { code?: string; param?: string; requestId?: string; retryAfter?: number } = {},
  ) {
    super(message)
    this.status = status
    this.code = details.code ?? ''
    this.param = details.param
    this.requestId = details.requestId
    this.retryAfter = details.retryAfter
  }
}

/** Parses an error response in any of the three dialects. */
export async function failureOf(response: Response): Promise<GatewayFailure> {
  const text = await response.text().catch(() => '')
  const { code, message, param } = errorIn(parse(text))
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const requestId = response.headers.get('x-edge-request-id') ?? undefined
  return new GatewayFailure(response.status, message || text.slice(0, 500) || `HTTP ${response.status}`, {
    ...(code && { code }),
    ...(param && { param }),
    ...(requestId && { requestId }),
    ...(Number.isFinite(retryAfter) && { retryAfter }),
  })
}

/** The error in a JSON value: `{code, message}`, or `{error: {code|type, message, param}}`. */
export function errorIn(value: unknown): { code: string; message: string; param: string } {
  const outer = asObject(value)
  const inner = asObject(outer.error)
  const of = (name: string) => textOf(inner[name]) || textOf(outer[name])
  return { code: of('code') || textOf(inner.type), message: of('message'), param: of('param') }
}

/** A JSON value as an object; an empty object if it is something else. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
