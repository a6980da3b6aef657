import * as z from 'zod/mini'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { readAddress } from '../../lib/address.ts'
import { once } from '../../lib/once.ts'
import { closedObject } from '../../lib/schema/closed-object.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readJsonBody } from '../json-body.ts'
import { idIn, ledgerFor, unknown } from './owner.ts'
import { cursorIn, limitIn, momentIn, pageOf, wordIn } from './query.ts'

const STATUSES = ['pending', 'delivered', 'dead'] as const

/** What `POST /deliveries/redeliver` sends again. */
const which = once(() =>
  z.exactPartial(
    closedObject({
      status: z.enum(STATUSES, `one of ${STATUSES.join(', ')}`),
      since: z.string(),
      until: z.string(),
    }),
  ),
)

/** `GET /edge/jobs/deliveries`: messages with every try, newest first. */
export async function listDeliveries(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const query = readAddress(c.req.url).searchParams
  const limit = limitIn(query)
  const filter = {
    status: wordIn(query, 'status', STATUSES),
    job: query.get('job') ?? undefined,
    sinceMs: momentIn(query, 'since'),
    untilMs: momentIn(query, 'until'),
    limit: limit + 1,
    before: cursorIn(query),
  }
  return c.json(pageOf(await ledgerOrUnavailable(async () => ledger.deliveries(filter)), limit))
}

/** `POST /edge/jobs/deliveries/redeliver`: all of a status and time; dead ones unless the body says otherwise. */
export async function redeliverAll(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const { status = 'dead', ...times } = await readJsonBody(c.req.raw, which())
  const query = new URLSearchParams(times)
  const filter = { status, sinceMs: momentIn(query, 'since'), untilMs: momentIn(query, 'until') }
  return c.json({ count: await ledgerOrUnavailable(async () => ledger.redeliverAll(filter)) }, 202)
}

/** `POST /edge/jobs/deliveries/{id}/redeliver` */
export async function redeliverOne(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const record = await ledgerOrUnavailable(async () => ledger.redeliver(idIn(c)))
  if (!record) throw unknown('delivery')
  return c.json(record, 202)
}
