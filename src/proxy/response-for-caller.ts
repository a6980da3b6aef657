import { usageChunkFilterStream } from '../dashscope/stream/usage-chunk.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { modelsAllowedBy } from './model-list.ts'
import type { ProxyRequest } from './proxy-request.ts'

/** The response of DashScope without what the caller did not ask for or may not see. */
export function responseForCaller(call: ProxyRequest, response: UpstreamResponse): UpstreamResponse {
  if (call.hidesUsage) return withoutUsage(response)
  return call.endpoint.lists === 'models' ? modelsAllowedBy(call.principal.policy, response) : response
}

/** The stream without the usage chunk, which only the gateway requested. */
function withoutUsage(response: UpstreamResponse): UpstreamResponse {
  if (response.kind === 'whole' || !response.body) return response
  return { ...response, body: response.body.pipeThrough(usageChunkFilterStream()) }
}
