import type { Call } from '../call.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import type { UpstreamRequest } from './ask.ts'
import { upstreamHeaders } from './headers.ts'
import type { Target } from './targets.ts'

/** Where at DashScope a request goes: the path as it came, and of its query what the endpoint knows. */
export function upstreamPath(url: URL, endpoint: Endpoint): string {
  if (url.search === '') return url.pathname
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => endpoint.query?.includes(name)))
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname
}

/** The request that goes to DashScope: the path and the body as they came, query and headers by allow-list (P1, P2). */
export function upstreamRequest(
  { headers, url, endpoint, bytes, stream }: Call,
  { baseUrl, apiKey }: Target,
): UpstreamRequest {
  return {
    url: baseUrl + upstreamPath(url, endpoint),
    method: endpoint.method,
    headers: upstreamHeaders(headers, apiKey, stream),
    body: bytes,
  }
}
