import type { Config } from '../config.ts'
import { targetsAt } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import { createJob, findRepeated, requireJobs } from '../jobs/create-job.ts'
import type { DestinationRules } from '../jobs/destination.ts'
import { createdTaskId } from '../jobs/flow.ts'
import type { JobRecord } from '../jobs/job.ts'
import { asksForJob, type JobOptions, readJobOptions } from '../jobs/options.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { respondingAttempt } from '../upstream/attempt.ts'
import type { EdgeContext } from './exchange.ts'
import { respondOnAccount } from './handler.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { respondJson } from './respond.ts'

export { asksForJob }

/** When a caller without a webhook should look for the response. */
const LOOK_AFTER_SECONDS = 2

/** The rules for destinations of this gateway's messages. */
export function destinationRules(origin: string, config: Config): DestinationRules {
  return {
    allowLoopback: config.webhooks.allowLoopback,
    ownOrigins: [origin, ...config.publicUrls],
  }
}

/** The job options of a request; see {@link readJobOptions}. */
export function jobOptionsOf(headers: HeaderMap, origin: string, config: Config): JobOptions {
  return readJobOptions(headers, destinationRules(origin, config))
}

/**
 * Creates a job from a request and responds with 202 or, if the request submits a task, relays DashScope's response
 * and watches the task.
 *
 * @throws GatewayError `invalid` for a webhook without `Prefer: respond-async`, and for an endpoint that cannot be a
 *   job.
 */
export async function respondAsJob(
  c: EdgeContext,
  call: ProxyRequest,
  options: JobOptions,
): Promise<Response> {
  if (call.asTask) return respondAndWatch(c, call, options)
  if (!options.respondAsync) {
    throw new GatewayError('invalid', 'X-Edge-Webhook needs the header "Prefer: respond-async".', {
      param: 'x-edge-webhook',
    })
  }
  const exchange = c.get('exchange')
  const { record, headers } = await createJob(c.env, requireJobCall(call), options, {
    kind: 'call',
    origin: exchange.url.origin,
    nowMs: exchange.startedMs,
  })
  exchange.headers = { ...exchange.headers, ...headers }
  return respondAccepted(c, record)
}

/** The response to a request that became a job (RFC 7240 section 4.1). */
export function respondAccepted(c: EdgeContext, record: JobRecord): Response {
  return respondJson(c.get('exchange'), 202, record, {
    'preference-applied': 'respond-async',
    location: `/edge/jobs/${record.id}`,
    'retry-after': String(LOOK_AFTER_SECONDS),
  })
}

/** Refuses requests that cannot be jobs: lookups and customizations end at once, and forms are not stored. */
export function requireJobCall(call: ProxyRequest): ProxyRequest {
  const { method, body, customizes } = call.endpoint
  if (method === 'POST' && body === 'json' && !customizes) return call
  throw new GatewayError(
    'invalid',
    `The endpoint "${call.endpoint.name}" cannot run as a job. Call it directly.`,
  )
}

/**
 * Relays DashScope's response to a submitted task, and watches the task. If the ledger fails afterwards, the caller
 * still gets the task's id, but no job id.
 */
async function respondAndWatch(c: EdgeContext, call: ProxyRequest, options: JobOptions): Promise<Response> {
  requireJobs(call.principal)
  const repeated = await findRepeated(c.env, call, options)
  if (repeated) return respondAccepted(c, repeated)
  const response = await respondOnAccount(c, call)
  const taskId =
    response.status === 200 ? createdTaskId(new Uint8Array(await response.clone().arrayBuffer())) : undefined
  if (taskId === undefined) return response
  const exchange = c.get('exchange')
  const home = respondingAttempt(exchange.attempts)?.to ?? ''
  const targets = targetsAt(call.config.targets, home) ?? call.targets
  try {
    const source = { kind: 'task', taskId, origin: exchange.url.origin, nowMs: Date.now() } as const
    const { record } = await createJob(c.env, { ...call, targets }, options, source)
    response.headers.set('x-edge-job', record.id)
  } catch (cause) {
    console.error(
      JSON.stringify({
        request: exchange.id,
        task: taskId,
        message: 'The task is not watched.',
        cause: String(cause),
      }),
    )
  }
  return response
}
