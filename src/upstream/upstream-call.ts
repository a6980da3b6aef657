import type { Config } from '../config.ts'
import { BATCH_CHAT_REGION } from '../dashscope/batch.ts'
import { type Endpoint, upstreamPath } from '../dashscope/endpoint.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Target, Targets } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { Deadlines } from './deadlines.ts'
import type { UpstreamRequest } from './fetch.ts'
import { upstreamHeaders } from './headers.ts'
import type { Aggregation } from './stream-only.ts'

/** The part of a request that is needed to send it to DashScope. */
export interface UpstreamCall {
  request: Request
  /** The caller's headers. */
  headers: HeaderMap
  url: URL
  endpoint: Endpoint
  /**
   * The requested model; `app:{id}` for an application, the endpoint's name in brackets for an endpoint without a
   * model.
   */
  model: string
  /** Models to try in turn if the retry table gives up on `model`. */
  fallbacks: readonly string[]
  /** The body as it is sent upstream: unchanged, with the exceptions of promise P1. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  /** A body that is forwarded while it arrives, in place of `bytes`; such a request is never sent twice. */
  upload?: ReadableStream<Uint8Array>
  stream: boolean
  /** Whether the request creates a task instead of waiting for a response. */
  asTask: boolean
  /** Whether it goes to the host of Batch Chat instead of its target's. */
  asBatchChat?: boolean
  /** Whether it selects one of the operator's workspaces. */
  namesWorkspace: boolean
  /** How to send a non-stream request as a stream; undefined if that never happens. */
  aggregation: Aggregation | undefined
  /** Where the request may be sent, in order of preference. */
  targets: Targets
  deadlines: Deadlines
  config: Config
}

/** The request for DashScope: path and body of the call as they are, query and headers by allow-list (P1, P2). */
export function upstreamRequest(
  { headers, url, endpoint, bytes, upload, stream, asBatchChat, config }: UpstreamCall,
  { baseUrl, apiKey, region }: Target,
): UpstreamRequest {
  return {
    url: (asBatchChat ? batchChatHost(config, region) : baseUrl) + upstreamPath(url, endpoint),
    method: endpoint.method,
    headers: upstreamHeaders(headers, apiKey, stream),
    body: bytes,
    ...(upload && { upload }),
  }
}

/**
 * The one host of Batch Chat. A request that names a file may be routed to a region other than the one chosen when
 * the request was read.
 */
function batchChatHost({ batchChatUrl }: Config, region: Region): string {
  if (batchChatUrl !== undefined && region === BATCH_CHAT_REGION) return batchChatUrl
  throw new GatewayError('invalid', `X-Edge-Batch: Batch Chat is available in ${BATCH_CHAT_REGION} only.`, {
    param: 'x-edge-batch',
  })
}
