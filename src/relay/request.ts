import type { Call } from '../call.ts'
import type { UpstreamRequest } from './ask.ts'
import { upstreamHeaders } from './headers.ts'

/** Where at DashScope a call goes: the path as it came, and of its query what the endpoint knows. */
export function upstreamPath({ url, endpoint }: Call): string {
  if (url.search === '') return url.pathname
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => endpoint.query?.includes(name)))
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname
}

/** The request that goes to DashScope: the path and the body as they came, query and headers by allow-list (P1, P2). */
export function upstreamRequest(call: Call): UpstreamRequest {
  const { request, endpoint, question, config } = call
  return {
    url: config.baseUrl + upstreamPath(call),
    method: endpoint.method,
    headers: upstreamHeaders(request.headers, config.apiKey, question.stream),
    body: question.bytes,
  }
}
