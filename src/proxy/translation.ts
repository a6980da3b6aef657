import type { Endpoint } from '../dashscope/endpoint.ts'
import type { Target } from '../dashscope/targets.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** An additional upstream call of a translated request: a lookup of a task, or a policy for an upload. */
export interface FurtherCall {
  endpoint: Endpoint
  /** Path and query. */
  path: string
  /** The `{id}` in the path. */
  id?: string
}

/** The context of a translation while its request is running. */
export interface TranslationContext {
  /** The account with the request's task, or the first one to try. */
  target: Target
  /**
   * Origins, in addition to DashScope's file hosts, from which files may be fetched: those of the configured regions.
   */
  trustedOrigins: readonly string[]
  /** Aborted when the caller leaves. */
  signal: AbortSignal
  /** The deadline of the request, in milliseconds since 1970. */
  untilMs: number
  /**
   * Sends an additional request to the target on behalf of the caller. Throws GatewayError if there is no response.
   */
  ask: (further: FurtherCall) => Promise<UpstreamResponse>
  /** Records that the caller created a video, for its list. */
  keepVideo: (id: string) => Promise<void>
  /** Removes the records of a caller's video and its task, which return 404 from then on. */
  forgetVideo: (id: string, task: string) => Promise<void>
}

/** The response for the caller. The account is settled with DashScope's own response. */
export interface Translated {
  response: UpstreamResponse
  /** Resolves at the end of the body of an open response; rejects if it broke off. */
  delivered?: Promise<unknown>
}

/** Changes to a request before it is sent upstream. */
export type Completion = Pick<UpstreamCall, 'bytes' | 'headers' | 'targets'>

/** How a request of another API is completed before it is sent to DashScope, and how its response is built. */
export interface Translation {
  /** Adds values that are known only after all checks, such as the URL of an upload. */
  complete?: (call: UpstreamCall, context: TranslationContext) => Promise<Completion>
  /** Builds the response. Throws GatewayError if DashScope's response cannot be used. */
  respond: (response: UpstreamResponse, context: TranslationContext) => Promise<Translated>
}
