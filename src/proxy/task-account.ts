import type { Env } from '../config.ts'
import { upstreamPath } from '../dashscope/endpoint.ts'
import { taskResultIn } from '../dashscope/task-result.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { hasLimits } from '../meter/limited-meters.ts'
import { meterNamespace } from '../meter/meters.ts'
import { moneyFor } from '../meter/money.ts'
import { chargeTask, settleTask } from '../meter/task-charge.ts'
import type { Attempt } from '../upstream/attempt.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import type { ProxyRequest } from './proxy-request.ts'

/**
 * Records the charge of a submitted task, so that its result can correct the charge. If that fails, the charge stays
 * as it is: the task runs, and its caller must get the id.
 *
 * @returns whether the charge was recorded.
 */
export async function noteTask(
  env: Env,
  call: ProxyRequest,
  task: string,
  submitted: { request: string; startedMs: number; attempt: Attempt | undefined; home: string },
): Promise<boolean> {
  const { payer: principal = call.principal, endpoint, estimate: usage, targets } = call
  if (!isMetered(call)) return false
  const { model = call.model, region = targets[0].region } = submitted.attempt ?? {}
  const charge = {
    atMs: submitted.startedMs,
    model,
    user: principal.user ?? '',
    endpoint: endpoint.name,
    region,
    ...(principal.token && { session: principal.token.id }),
    unrecorded: submitted.request,
    ...lookUpOf(call, task, submitted.home),
    usage,
    money: moneyFor(call, model, region, usage),
  }
  try {
    await chargeTask(meterNamespace(env), principal, task, charge)
    return true
  } catch (cause) {
    logUnsettled(task)(cause)
    return false
  }
}

/**
 * How to look up the result of a task; undefined for batches and for tasks with a webhook, which are watched until
 * their end anyway.
 */
export function lookUpOf(
  { endpoint, headers, url }: Pick<ProxyRequest, 'endpoint' | 'headers' | 'url'>,
  task: string,
  home: string,
): { lookUp?: { home: string; path: string } } {
  const kind = endpoint.ownership?.kind
  if (kind === 'batch' || headers.has('x-edge-webhook')) return {}
  const made = upstreamPath(new URL(url.pathname, url), endpoint)
  return { lookUp: { home, path: kind === 'task' ? `/api/v1/tasks/${task}` : `${made}/${task}` } }
}

/** Corrects the charge of a task whose result a caller has just looked up. */
export async function settleLookup(env: Env, call: ProxyRequest, response: UpstreamResponse): Promise<void> {
  const { principal, config, id: task } = call
  if (response.kind !== 'whole' || response.status !== 200 || task === undefined || !isMetered(call)) return
  const result = taskResultIn(parseObject(textOf(response.body)))
  if (!result) return
  const seen = { result, config, nowMs: Date.now() }
  await settleTask(meterNamespace(env), principal, task, seen).catch(logUnsettled(task))
}

function isMetered({ principal }: ProxyRequest): boolean {
  return principal.policy.metered !== false || hasLimits(principal)
}

/** Logs a failed correction; the next lookup of the task retries it. */
function logUnsettled(task: string): (cause: unknown) => void {
  return (cause) => {
    const message = 'The charge of the task was not corrected; its estimate stays charged.'
    console.error(JSON.stringify({ task, message, cause: String(cause) }))
  }
}
