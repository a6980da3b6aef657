import { randomBytes } from 'node:crypto'

/** 256 random bits, like the keys of AES-256: they cannot be guessed. */
const ADMIN_TOKEN_BYTES = 32

/** A client key in the response of `POST /edge/keys`. */
export interface IssuedKey {
  id: string
  key: string
}

/** An error response of the gateway; `status` is 0 if there was no response. */
export class GatewayRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A new ADMIN_TOKEN, in letters that need no quoting in a shell. */
export function makeAdminToken(): string {
  return randomBytes(ADMIN_TOKEN_BYTES).toString('base64url')
}

/**
 * Counts the client keys on the first page of the operator's list; also the cheapest check that the gateway is set up
 * and that the token is right.
 *
 * @throws GatewayRefusal with the gateway's message.
 */
export async function countKeys(address: string, adminToken: string): Promise<number> {
  const { keys } = await ask<{ keys: unknown[] }>(`${address}/edge/keys`, adminToken)
  return keys.length
}

/**
 * Issues a client key without restrictions.
 *
 * @throws GatewayRefusal with the gateway's message.
 */
export function issueKey(address: string, adminToken: string, name: string): Promise<IssuedKey> {
  return ask<IssuedKey>(`${address}/edge/keys`, adminToken, { name })
}

/**
 * Issues a key for a page: tokens are issued for Turnstile on `hostname`, and each may make a few requests.
 *
 * @param origin the origin of the page.
 * @throws GatewayRefusal with the gateway's message.
 */
export function issuePageKey(
  address: string,
  adminToken: string,
  { origin, hostname, action }: { origin: string; hostname: string; action: string },
): Promise<IssuedKey> {
  return ask<IssuedKey>(`${address}/edge/keys`, adminToken, {
    name: 'demo page',
    models: ['qwen-flash'],
    origins: [origin],
    caps: { max_tokens: 500 },
    user_limits: { requests_per_minute: 10 },
    mint: { turnstile: { hostnames: [hostname], action }, budget: { requests: 50 } },
  })
}

/** Whether a key with an id exists. */
export async function keyExists(address: string, adminToken: string, id: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${adminToken}` }
  const response = await fetch(`${address}/edge/keys/${encodeURIComponent(id)}`, { headers })
  await response.body?.cancel()
  return response.ok
}

/**
 * Creates a read-only session of 30 minutes for the console at the same URL.
 *
 * @throws GatewayRefusal with the gateway's message.
 */
export async function makeSession(address: string, adminToken: string): Promise<string> {
  const { token } = await ask<{ token: string }>(
    `${address}/edge/session`,
    adminToken,
    {},
    { origin: address },
  )
  return token
}

/**
 * Whether the gateway accepts a client key, by requesting its usage: this calls DashScope not at all, costs nothing,
 * and leaves no refusal in the log.
 */
export async function keyIsKnown(address: string, key: string): Promise<boolean> {
  const response = await fetch(`${address}/edge/usage`, { headers: { authorization: `Bearer ${key}` } })
  await response.body?.cancel()
  return response.status !== 401
}

async function ask<Content>(
  url: string,
  adminToken: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Content> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', ...more }
  const question = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url, question).catch((error: unknown) => {
    throw new GatewayRefusal(0, `${url} could not be reached (${reasonOf(error)}).`)
  })
  const text = await response.text()
  if (!response.ok)
    throw new GatewayRefusal(response.status, messageOf(text) ?? `${url} answered ${response.status}.`)
  return JSON.parse(text)
}

function messageOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const error = field(value, 'error')
    const message = field(error ?? value, 'message')
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** The reason of a failed fetch: `fetch failed` itself is not helpful, but its cause is. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return cause.message || ('code' in cause ? String(cause.code) : cause.name)
}
