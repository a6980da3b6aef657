import type { Endpoint } from '../dashscope/endpoint.ts'
import type { Target } from '../dashscope/targets.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/** A further call to DashScope that a translated request needs: a look at a task, a policy for an upload. */
export interface FurtherCall {
  endpoint: Endpoint
  /** Path and query. */
  path: string
  /** What the path has at `{id}`. */
  id?: string
}

/** What a translation can do while its request is under way. */
export interface TranslationContext {
  /** The account that has the request's task, or that is asked first. */
  target: Target
  /** Origins besides DashScope's file hosts that files may be on: those of the configured regions. */
  trustedOrigins: readonly string[]
  /** Aborts when the caller leaves. */
  signal: AbortSignal
  /** The end of the request's time, in milliseconds since 1970. */
  untilMs: number
  /** Asks the target for something else on behalf of the caller. Throws GatewayError without a response. */
  ask: (further: FurtherCall) => Promise<UpstreamResponse>
  /** Records that the caller made a video, for its list. */
  keepVideo: (id: string) => Promise<void>
  /** Forgets a video of the caller's and its task, which are 404 from then on. */
  forgetVideo: (id: string, task: string) => Promise<void>
}

/** The response that the caller gets. The account is settled with what DashScope said. */
export interface Translated {
  response: UpstreamResponse
  /** Ends with the body of an open response; rejects if it broke off. */
  delivered?: Promise<unknown>
}

/** What is added to a request before it goes upstream. */
export type Completion = Pick<UpstreamCall, 'bytes' | 'headers' | 'targets'>

/** How a request of another API is completed before it goes to DashScope, and how its response is made. */
export interface Translation {
  /** Puts into the request what is known only once it may go upstream, such as the URL of an upload. */
  complete?: (call: UpstreamCall, context: TranslationContext) => Promise<Completion>
  /** Makes the response. Throws GatewayError if the caller gets nothing of what DashScope did. */
  respond: (response: UpstreamResponse, context: TranslationContext) => Promise<Translated>
}
