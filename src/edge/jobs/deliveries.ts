import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { readAddress } from '../../lib/address.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readJsonBody } from '../json-body.ts'
import { noSuch } from '../no-such.ts'
import { cursorIn, limitIn, momentIn, pageOf, wordIn } from '../page-query.ts'
import { DELIVERY_STATUSES, redelivery } from './bodies.ts'
import { idIn, ledgerFor } from './owner.ts'

/** `GET /edge/jobs/deliveries`: messages with every try, newest first. */
export async function listDeliveries(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const query = readAddress(c.req.url).searchParams
  const limit = limitIn(query)
  const filter = {
    status: wordIn(query, 'status', DELIVERY_STATUSES),
    job: query.get('job') ?? undefined,
    sinceMs: momentIn(query, 'since'),
    untilMs: momentIn(query, 'until'),
    limit: limit + 1,
    before: cursorIn(query),
  }
  return c.json(pageOf(await ledgerOrUnavailable(async () => ledger.deliveries(filter)), limit))
}

/** `POST /edge/jobs/deliveries/redeliver`: all messages with a status and in a time range; by default dead ones. */
export async function redeliverAll(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const { status = 'dead', ...times } = await readJsonBody(c.req.raw, redelivery())
  const query = new URLSearchParams(times)
  const filter = { status, sinceMs: momentIn(query, 'since'), untilMs: momentIn(query, 'until') }
  return c.json({ count: await ledgerOrUnavailable(async () => ledger.redeliverAll(filter)) }, 202)
}

/** `POST /edge/jobs/deliveries/{id}/redeliver` */
export async function redeliverOne(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const record = await ledgerOrUnavailable(async () => ledger.redeliver(idIn(c)))
  if (!record) throw noSuch('delivery')
  return c.json(record, 202)
}
