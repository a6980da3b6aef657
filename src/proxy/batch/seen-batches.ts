import type { Env } from '../../config.ts'
import { type BatchState, batchStateIn } from '../../dashscope/batch.ts'
import { GatewayError } from '../../errors.ts'
import { ledgersOf } from '../../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { filesOf } from '../../jobs/ledger/batch-keeper.ts'
import { objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { ownedOf, recordOwned } from '../../ownership/owners.ts'
import type { Principal } from '../../policy/key-record.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import type { ProxyRequest } from '../proxy-request.ts'

/**
 * Records the batches in a response before it is sent to the caller: their files then belong to the caller, and ended
 * batches are billed.
 */
export async function noteBatches(
  env: Env,
  { endpoint, principal }: ProxyRequest,
  response: UpstreamResponse,
): Promise<void> {
  if (endpoint.ownership?.kind !== 'batch' || response.kind !== 'whole' || response.status !== 200) return
  const objects = batchesIn(textOf(response.body))
  const states = objects
    .map((object) => batchStateIn(parseObject(object)))
    .filter((state) => state !== undefined)
  const ended = objects.filter((_, index) => states[index]?.ended)
  if (ended.length > 0) {
    const ledger = ledgersOf(env).getByName(principal.keyId)
    await ledgerOrUnavailable(async () => ledger.batchesSeen(ended))
  }
  await ownFiles(env, principal, states)
}

/** The batches in a response, each as DashScope's JSON: a single one, or those of a list. */
function batchesIn(text: string): string[] {
  const body = parseObject(text)
  if (body?.object === 'list') return objectsAt(body, 'data').map((each) => JSON.stringify(each))
  return batchStateIn(body) ? [text] : []
}

async function ownFiles(env: Env, who: Principal, states: readonly BatchState[]): Promise<void> {
  const files = states.flatMap(filesOf)
  if (files.length === 0) return
  const known = new Set((await ownedOf(env, who, 'file', files)).map(({ id }) => id))
  const learned = states.filter((state) => filesOf(state).some((file) => !known.has(file)))
  if (learned.length === 0) return
  const batches = await ownedOf(
    env,
    who,
    'batch',
    learned.map(({ id }) => id),
  )
  const homes = new Map(batches.map(({ id, home }) => [id, home]))
  const nowMs = Date.now()
  for (const state of learned) {
    for (const id of filesOf(state)) {
      if (!known.has(id)) await recordOwned(env, who, 'file', { id, home: homes.get(state.id) ?? '' }, nowMs)
    }
  }
}

/**
 * Refuses to delete the output of a batch that is not billed yet: only that file has the usage of the batch.
 *
 * @throws GatewayError `conflict`, or `unavailable` if the ledger fails.
 */
export async function requireBilled(env: Env, { endpoint, principal, id }: ProxyRequest): Promise<void> {
  const { ownership } = endpoint
  if (ownership?.kind !== 'file' || ownership.action !== 'delete' || id === undefined) return
  const ledger = ledgersOf(env).getByName(principal.keyId)
  if (!(await ledgerOrUnavailable(async () => ledger.isUnbilledOutput(id)))) return
  throw new GatewayError(
    'conflict',
    'This file is the output of a batch that is being billed. Try again in a minute.',
  )
}
