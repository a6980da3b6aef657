import { GatewayRefusal, reasonOf } from '../operator.ts'

/** Longer than the slowest response, a report over all keys, should ever take. */
const RESPONSE_DEADLINE_MS = 60_000

/** The gateway to call, and its credential. */
export interface Gateway {
  /** `https://gateway.example`, without a trailing slash. */
  address: string
  /** Undefined if none was found. */
  adminToken: string | undefined
}

/** A response of the gateway. */
export interface GatewayResponse {
  status: number
  text: string
  /** The path of the next page, if there is one. */
  next?: string
}

/**
 * Calls the gateway as its operator.
 *
 * @param path path and query; `body` is sent as JSON.
 * @returns the text of the response, empty for a 204.
 * @throws GatewayRefusal with the gateway's message for any status other than 2xx; status 0 without a response.
 */
export async function askGateway(
  gateway: Gateway,
  method: string,
  path: string,
  body?: unknown,
): Promise<string> {
  return (await askPage(gateway, method, path, body)).text
}

/**
 * Asks for all pages of a report.
 *
 * @throws GatewayRefusal as {@link askGateway} does.
 */
export async function askPages(gateway: Gateway, path: string): Promise<string[]> {
  const pages: string[] = []
  for (let next: string | undefined = path; next; ) {
    const page: GatewayResponse = await askPage(gateway, 'GET', next)
    pages.push(page.text)
    next = page.next
  }
  return pages
}

async function askPage(
  gateway: Gateway,
  method: string,
  path: string,
  body?: unknown,
): Promise<GatewayResponse> {
  const response = await fetchResponse(gateway, method, path, body)
  const { status, text } = response
  if (status >= 200 && status < 300) return response
  throw new GatewayRefusal(
    status,
    sentenceOf(text) ?? `${gateway.address} answered ${status}. Is it the URL of a dashscope-edge gateway?`,
  )
}

/**
 * Sends a request and returns any response. Redirects are not followed: the token is only for this host, and a POST
 * would become a GET.
 *
 * @throws GatewayRefusal with status 0 without a response.
 */
export async function fetchResponse(
  { address, adminToken }: Gateway,
  method: string,
  path: string,
  body?: unknown,
): Promise<GatewayResponse> {
  const headers: Record<string, string> = { accept: 'application/json, text/csv' }
  if (adminToken !== undefined) headers.authorization = `Bearer ${adminToken}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(address + path, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(RESPONSE_DEADLINE_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const [, next] = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '') ?? []
    return { status: response.status, text: await response.text(), ...(next !== undefined && { next }) }
  } catch (error) {
    throw new GatewayRefusal(0, `${address} could not be reached (${reasonOf(error)}).`)
  }
}

/** The message of a gateway error; undefined for other texts. */
export function sentenceOf(text: string): string | undefined {
  const value = parseJson(text)
  const message = typeof value === 'object' && value !== null && 'message' in value && value.message
  return typeof message === 'string' ? message : undefined
}

/** Parses a text as JSON; `undefined` if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
