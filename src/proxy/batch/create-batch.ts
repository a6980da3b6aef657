import type { Env } from '../../config.ts'
import { batchStateIn } from '../../dashscope/batch.ts'
import { GatewayError } from '../../errors.ts'
import { ledgersOf } from '../../jobs/bindings.ts'
import { ledgerOrUnavailable, requireJobs } from '../../jobs/create-job.ts'
import type { BatchWebhook } from '../../jobs/job.ts'
import { readBatchWebhook } from '../../jobs/options.ts'
import { objectAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { assertOwnership } from '../../ownership/ownership.ts'
import { respondingAttempt } from '../../upstream/attempt.ts'
import type { EdgeContext } from '../exchange.ts'
import { respondOnAccount } from '../handler.ts'
import { destinationRules } from '../job.ts'
import type { ProxyRequest } from '../proxy-request.ts'
import { lineRulesHash } from '../upload/line-rules.ts'

/** Whether a request creates a batch. */
export function createsBatch({ endpoint: { ownership } }: Pick<ProxyRequest, 'endpoint'>): boolean {
  return ownership?.kind === 'batch' && ownership.action === 'create'
}

/**
 * Creates a batch from a file whose lines were checked during the upload. Their estimated usage is reserved and
 * charged; when the batch has ended, the charge is corrected from its output file.
 *
 * @throws GatewayError if the file is not the caller's or was not checked, if the body has a callback, or if a limit
 *   is reached.
 */
export async function respondWithBatch(c: EdgeContext, call: ProxyRequest): Promise<Response> {
  const { principal, config, headers } = call
  const exchange = c.get('exchange')
  const webhook = readBatchWebhook(headers, destinationRules(exchange.url.origin, config))
  if (webhook) requireJobs(principal)
  const file = inputFileOf(call)
  const owned = await assertOwnership(c.env, call)
  const { model, lines, usage, money, user } = await checkedFile(c.env, call, file, webhook)
  const estimate = { ...usage, estimated: true }
  const payer = user === undefined ? {} : { payer: { ...principal, user } }
  exchange.principal = payer.payer ?? principal
  const charged: ProxyRequest = {
    ...owned,
    ...payer,
    // Not aborted when the caller leaves: DashScope may have started the batch, and an unrecorded batch would never
    // be billed.
    request: new Request(call.url, { method: call.endpoint.method }),
    model,
    estimate,
    ...(money !== undefined && { estimatedMoney: money }),
    asTask: true,
    isDeferred: true,
  }
  const response = await respondOnAccount(c, charged)
  const made = response.status === 200 ? await response.clone().text() : ''
  const id = batchStateIn(parseObject(made))?.id
  if (id === undefined) return response
  const home = respondingAttempt(exchange.attempts)?.to ?? ''
  const batch = {
    id,
    home,
    principal,
    webhook,
    origin: exchange.url.origin,
    model,
    lines,
    usage: estimate,
    ...payer,
  }
  try {
    await ledgersOf(c.env).getByName(principal.keyId).acceptBatch(batch)
  } catch (cause) {
    // The batch runs, so its caller must get the id; the estimate stays charged.
    const message = 'The batch is not watched.'
    console.error(JSON.stringify({ request: exchange.id, batch: id, message, cause: String(cause) }))
  }
  return response
}

/**
 * The input file of a batch.
 *
 * @throws GatewayError `denied` for an OSS URL, whose lines were not checked, and for a callback of DashScope.
 */
function inputFileOf({ bytes, config }: ProxyRequest): string {
  const body = parseObject(textOf(bytes)) ?? {}
  const callback = objectAt(body, 'metadata')?.ds_batch_finish_callback ?? undefined
  if (callback !== undefined && !config.batchCallbacks) {
    throw denied(
      'metadata.ds_batch_finish_callback',
      'this gateway does not allow DashScope to call URLs. Use the header X-Edge-Webhook',
    )
  }
  const { input_file_id: file } = body
  if (typeof file === 'string' && /^[\w.-]{1,128}$/.test(file)) return file
  throw denied('input_file_id', 'expected the id of a file that was uploaded with the purpose "batch"')
}

/** @throws GatewayError `invalid` for a file that was not checked, `denied` if it was checked under other rules. */
async function checkedFile(
  env: Env,
  { principal }: ProxyRequest,
  file: string,
  webhook: BatchWebhook | null,
) {
  const endpoint = webhook && 'endpoint' in webhook ? webhook.endpoint : undefined
  const ledger = ledgersOf(env).getByName(principal.keyId)
  const known = await ledgerOrUnavailable(async () => ledger.batchFile(file, endpoint))
  if (!known.hasEndpoint)
    throw new GatewayError('invalid', 'webhook: this key has no such endpoint.', { param: 'webhook' })
  const param = 'input_file_id'
  if (!known.file) {
    const message = `${param}: the lines of this file were not checked. Upload it with the purpose "batch".`
    throw new GatewayError('invalid', message, { param })
  }
  if (known.file.rules !== (await lineRulesHash(principal)))
    throw denied(param, 'the lines of this file were checked under other rules. Upload it again')
  return known.file
}

function denied(param: string, what: string): GatewayError {
  return new GatewayError('denied', `${param}: ${what}.`, { param })
}
