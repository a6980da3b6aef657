import type { Call } from '../call.ts'
import type { UpstreamRequest } from './ask.ts'
import { upstreamHeaders } from './headers.ts'

/** The request that goes to DashScope: the path and the body as they came, query and headers by allow-list (P1, P2). */
export function upstreamRequest({ request, url, endpoint, question, config }: Call): UpstreamRequest {
  return {
    url: `${config.baseUrl}${url.pathname}${allowedQuery(url, endpoint.query)}`,
    method: endpoint.method,
    headers: upstreamHeaders(request.headers, config.apiKey, question.stream),
    body: question.bytes,
  }
}

function allowedQuery(url: URL, allowed: readonly string[] = []): string {
  if (url.search === '') return ''
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => allowed.includes(name)))
  return query.size > 0 ? `?${query}` : ''
}
