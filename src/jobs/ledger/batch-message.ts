import type { Config } from '../../config.ts'
import { batchStateIn } from '../../dashscope/batch.ts'
import type { Usage } from '../../dashscope/usage.ts'
import { parseObject } from '../../lib/json/object.ts'
import { makeId } from '../../lib/random.ts'
import { hostOf } from '../destination.ts'
import { type BatchEvent, isoOf, wants } from '../job.ts'
import type { StoredBatch } from './batches-table.ts'
import { insertDelivery } from './deliveries-table.ts'
import { receiverOf } from './endings.ts'

/** Puts the message about the end of a batch into the outbox, if its webhook and endpoint subscribe to it. */
export function announceBatch(
  sql: SqlStorage,
  { id, webhook, origin, object, principal }: StoredBatch,
  usage: Usage | undefined,
  nowMs: number,
  config: Config,
): void {
  // A batch that DashScope no longer has, has no result.
  const event: BatchEvent = `batch.${batchStateIn(parseObject(object))?.ended ?? 'expired'}`
  if (!webhook || !wants(webhook.events, event)) return
  const { url, endpoint } = receiverOf(sql, webhook)
  if (endpoint && !wants(endpoint.events, event)) return
  const isOff = endpoint?.disabled ?? url === ''
  // DashScope's JSON of the batch is inserted unchanged.
  const batch = endpoint?.payload === 'thin' || object === '' ? '' : `,"batch":${object.trim()}`
  const facts = `"id":${JSON.stringify(id)},"key":${JSON.stringify(principal.keyId)},"usage":${JSON.stringify(usage ?? null)}`
  insertDelivery(sql, {
    id: makeId('dlv'),
    job: null,
    event,
    message: `msg_${id}_${event}`,
    destination: 'url' in webhook ? { kind: 'url' } : { kind: 'endpoint', endpoint: webhook.endpoint },
    url,
    host: hostOf(url),
    origin,
    payload: `{"type":"${event}","timestamp":"${isoOf(nowMs)}","data":{${facts}${batch}}}`,
    status: isOff ? 'dead' : 'pending',
    budget: config.webhooks.retries.length + 1,
    createdMs: nowMs,
  })
}
