import { noteLookup } from '../jobs/lookups.ts'
import { recordOwnership } from '../ownership/ownership.ts'
import { respondingAttempt } from '../upstream/attempt.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { noteBatches } from './batch/seen-batches.ts'
import type { EdgeContext } from './exchange.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { noteTask, settleLookup } from './task-account.ts'

/**
 * Records what a response of DashScope says: the objects that it created for this key, the charge of a task, the state
 * of batches and the result of a task. The caller gets the response afterwards, so that its next request finds its
 * objects.
 */
export async function recordOutcome(
  c: EdgeContext,
  call: ProxyRequest,
  response: UpstreamResponse,
): Promise<void> {
  const exchange = c.get('exchange')
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const attempt = respondingAttempt(exchange.attempts)
  const home = attempt?.to ?? ''
  const made = await recordOwnership(c.env, call, response, home, Date.now())
  if (made !== undefined && (call.asTask || call.asked.inBackground)) {
    const submitted = { request: exchange.id, startedMs: exchange.startedMs, attempt, home }
    if (await noteTask(c.env, call, made, submitted)) exchange.notedTask = made
  }
  await noteBatches(c.env, call, response)
  if (!call.endpoint.isResult) return
  if (call.endpoint.ownership?.kind === 'task') noteLookup(c.env, home, keepAlive)
  keepAlive(settleLookup(c.env, call, response))
}
