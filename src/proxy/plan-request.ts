import { planCache, withoutCache } from '../cache/plan.ts'
import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import { hasUsageOption } from '../dashscope/stream/framing.ts'
import { askForUsage, includesUsage } from '../dashscope/stream/usage-chunk.ts'
import type { Targets } from '../dashscope/targets.ts'
import { NO_USAGE } from '../dashscope/usage.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { estimateUsage } from '../meter/estimate.ts'
import { boundsUsage, hasLimits } from '../meter/limited-meters.ts'
import type { Principal } from '../policy/key-record.ts'
import { type Deadlines, deadlinesOf } from '../upstream/deadlines.ts'
import { selectTargets } from '../upstream/select.ts'
import { aggregationOf } from '../upstream/stream-only.ts'
import { asksForBatchChat, BATCH_CHAT_DEADLINE_MS, batchChatTargets } from './batch/batch-chat.ts'
import { fallbackModels } from './fallback-call.ts'
import { keptBodyOf } from './kept-body.ts'
import type { ProxyRequest } from './proxy-request.ts'
import type { RequestBody } from './request-body.ts'
import { placeOfUpload, prepareUpload, UPLOAD_DEADLINE_MS } from './upload/prepare-upload.ts'

type UploadForm = Extract<RequestBody, { kind: 'upload' }>['upload']

/** A request that the policy allows and the schema accepts. */
export interface CheckedRequest {
  headers: HeaderMap
  principal: Principal
  /** Differs from the endpoint of the path if the body selects an action. */
  endpoint: Endpoint
  id: string | undefined
  /** With the frozen parts of the token; undefined if the body is not JSON. */
  json: JsonBody | undefined
  model: string
  asked: RequestDescription
  namesWorkspace: boolean
  /** Whether it becomes a job. */
  asJob: boolean
  /** Refuses a caller whose credential has expired meanwhile. */
  recheck: (() => Promise<unknown>) | undefined
}

/** Plans where a checked request is sent, what is reserved for it, and how it is cached. */
export function planRequest(
  request: Request,
  url: URL,
  checked: CheckedRequest,
  read: RequestBody,
  config: Config,
): ProxyRequest {
  const { headers, principal, endpoint, id, json, model, asked, namesWorkspace } = checked
  const { stream, asTask } = asked
  const asBatchChat = asksForBatchChat({ headers, endpoint, stream, asJob: checked.asJob }, config)
  const form = read.kind === 'upload' ? read.upload : undefined
  const targets = targetsFor(request, checked, form, asBatchChat, config)
  if (form) prepareUpload(form, principal, targets[0].region, config)
  const cache = planCache({ headers, url, endpoint, principal, config, model, json, asked })
  const hidesUsage = mustHideUsage(checked)
  const sent = json && hidesUsage ? askForUsage(json) : json
  return {
    request,
    headers,
    url,
    principal,
    endpoint,
    id,
    model,
    fallbacks:
      json && !asTask && !asBatchChat ? fallbackModels(principal, endpoint, model, json.value, config) : [],
    bytes: sent?.bytes ?? (read.kind === 'text' ? read.bytes : undefined),
    hidesUsage,
    stream,
    asTask,
    namesWorkspace,
    namedIds: asked.namedIds,
    estimate: isEstimated(checked) ? estimateUsage(endpoint, asked, json?.bytes.byteLength ?? 0) : NO_USAGE,
    asked,
    cache: asBatchChat ? withoutCache(cache) : cache,
    aggregation:
      !asBatchChat && mayAggregate(checked, config) ? aggregationOf(endpoint, model, json?.value) : undefined,
    targets,
    deadlines: deadlinesFor(checked, form, asBatchChat, config),
    config,
    ...(read.kind === 'json' && !asked.isEncrypted && keptBodyOf(read.json.bytes, principal, config)),
    ...(form && { form: { ...form, recheck: checked.recheck } }),
    ...(asBatchChat && { asBatchChat }),
    ...(asked.isUnstored && { isUnstored: true }),
  }
}

function targetsFor(
  request: Request,
  { headers, principal, endpoint, model, asked }: CheckedRequest,
  form: UploadForm | undefined,
  asBatchChat: boolean,
  config: Config,
): Targets {
  const selected = selectTargets(
    {
      policy: principal.policy,
      endpoint: form ? placeOfUpload(endpoint, form) : endpoint,
      model,
      headers,
      stream: asked.stream,
    },
    config,
    request,
  )
  return asBatchChat ? batchChatTargets(selected) : selected
}

/** Whether DashScope must report the usage of a stream whose caller has not asked for it. */
function mustHideUsage({ principal, endpoint, json, asked }: CheckedRequest): boolean {
  return (
    asked.stream &&
    hasUsageOption(endpoint.streamFormat) &&
    boundsUsage(principal) &&
    !includesUsage(json?.value)
  )
}

function isEstimated({ principal, asked }: CheckedRequest): boolean {
  return asked.stream || asked.asTask || asked.inBackground || hasLimits(principal)
}

/** Whether a stream may be requested from DashScope in place of a whole response. */
function mayAggregate({ json, asked }: CheckedRequest, { streamOnlyModels }: Config): boolean {
  const isWhole = !asked.stream && !asked.asTask && !asked.isEncrypted
  return json !== undefined && isWhole && streamOnlyModels === 'aggregate'
}

function deadlinesFor(
  { headers, endpoint, asked }: CheckedRequest,
  form: UploadForm | undefined,
  asBatchChat: boolean,
  config: Config,
): Deadlines {
  const longMs = asBatchChat ? BATCH_CHAT_DEADLINE_MS : form ? UPLOAD_DEADLINE_MS : undefined
  const mode = { stream: asked.stream, thinking: asked.stream && asked.thinking.isSlow }
  return deadlinesOf(endpoint, mode, headers.get('x-edge-timeout'), longMs ?? config.firstByteDeadlineMs)
}
