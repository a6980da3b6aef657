import { readConfig } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import { cancelTask } from '../../jobs/cancel-task.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { isFinal, JOB_STATUSES, type JobRecord } from '../../jobs/job.ts'
import type { JobRefusal } from '../../jobs/ledger/ledger.ts'
import { reserveRun } from '../../jobs/metering.ts'
import { reservationOf } from '../../jobs/settlement.ts'
import { restoreMeteredCall } from '../../jobs/stored-call.ts'
import { readAddress } from '../../lib/address.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { noSuch } from '../no-such.ts'
import { cursorIn, limitIn, momentIn, pageOf, wordIn } from '../page-query.ts'
import { idIn, ledgerFor } from './owner.ts'

/** When a caller should look again for a response that is not available yet. */
const LOOK_AFTER = { 'retry-after': '2' }

/** `GET /edge/jobs`: one page, newest first. */
export async function listJobs(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const query = readAddress(c.req.url).searchParams
  const limit = limitIn(query)
  const filter = {
    status: wordIn(query, 'status', JOB_STATUSES),
    kind: wordIn(query, 'kind', ['call', 'task', 'hook'] as const),
    model: query.get('model') ?? undefined,
    sinceMs: momentIn(query, 'since'),
    untilMs: momentIn(query, 'until'),
    limit: limit + 1,
    before: cursorIn(query),
  }
  return c.json(pageOf(await ledgerOrUnavailable(async () => ledger.list(filter)), limit))
}

/** `GET /edge/jobs/{id}` */
export async function showJob(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const record = await ledgerOrUnavailable(async () => ledger.read(idIn(c)))
  if (!record) throw noSuch('job')
  return c.json(record, 200, isFinal(record.status) ? {} : LOOK_AFTER)
}

/** `GET /edge/jobs/{id}/response`: DashScope's status and bytes; 202 with the record until they are available. */
export async function showResponse(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const stored = await ledgerOrUnavailable(async () => ledger.response(idIn(c)))
  if (!stored) throw noSuch('job')
  const { record, headers, body } = stored
  if (!isFinal(record.status)) return c.json(record, 202, LOOK_AFTER)
  if (record.status === 'canceled' || record.status_code === null)
    throw conflict(record, 'It has no response')
  return new Response(body, { status: record.status_code, headers })
}

/** `POST /edge/jobs/{id}/cancel` */
export async function cancelJob(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const canceled = settled(await ledgerOrUnavailable(async () => ledger.cancel(idIn(c))), 'It has ended')
  if (canceled.task) c.executionCtx.waitUntil(cancelTask(c.env, canceled.task))
  return c.json(canceled.record)
}

/** `POST /edge/jobs/{id}/retry`: another run, with a new reservation. */
export async function retryJob(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const id = idIn(c)
  const found = settled(
    await ledgerOrUnavailable(async () => ledger.retryable(id)),
    'Only a failed or expired job can be retried',
  )
  const call = restoreMeteredCall(found.call, readConfig(c.env))
  await reserveRun(c.env, call, reservationOf({ id, runs: found.run }), Date.now())
  const queued = settled(
    await ledgerOrUnavailable(async () => ledger.retry(id, found.run)),
    'It has changed meanwhile',
  )
  return c.json(queued.record, 202, LOOK_AFTER)
}

/** `DELETE /edge/jobs/{id}` */
export async function deleteJob(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  settled(await ledgerOrUnavailable(async () => ledger.remove(idIn(c))), 'It is running')
  return c.body(null, 204)
}

/** The result of a ledger; throws GatewayError `notFound` or `conflict` if the ledger refused. */
function settled<Result extends { kind: string }>(result: Result, why: string): Exclude<Result, JobRefusal> {
  const { kind } = result
  if (kind === 'unknown') throw noSuch('job')
  if (kind === 'conflict') throw conflict((result as unknown as { record: JobRecord }).record, why)
  return result as Exclude<Result, JobRefusal>
}

function conflict({ id, status }: JobRecord, why: string): GatewayError {
  return new GatewayError('conflict', `Job ${id} is ${status}. ${why}.`)
}
