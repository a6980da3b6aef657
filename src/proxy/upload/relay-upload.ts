import type { Env } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import { ledgersOf } from '../../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { madeIdIn } from '../../ownership/made-id.ts'
import { assertOwnership } from '../../ownership/ownership.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import type { ProxyRequest } from '../proxy-request.ts'
import type { BatchSums, LineName } from './batch-check.ts'
import { lineRulesHash } from './line-rules.ts'
import type { OpenUpload } from './open-upload.ts'
import { sendUpload } from './send-upload.ts'

/** Checked ids that one upload remembers, so that an id in all lines is looked up once. */
const MAX_REMEMBERED_IDS = 1000

/** How much of a refused body is read; if the caller sends more, the connection is cut. */
const MAX_DRAINED_BYTES = 8 * 1024 * 1024

/** The context of an upload. */
export interface UploadContext {
  env: Env
  ask: (call: ProxyRequest, signal: AbortSignal) => Promise<UpstreamResponse>
  /** `ctx.waitUntil`. */
  keepAlive: (work: Promise<unknown>) => void
}

/**
 * Forwards an upload to DashScope while it arrives, and relays the response. A batch file is recorded before the
 * caller gets its id: batches can be created only from recorded files.
 *
 * @throws GatewayError if the upload is refused, the caller's connection breaks, or DashScope does not respond.
 */
export async function relayUpload(
  call: ProxyRequest,
  upload: OpenUpload,
  { env, ask, keepAlive }: UploadContext,
): Promise<UpstreamResponse> {
  const refusal = new AbortController()
  const { body, checked } = sendUpload(upload, { requireOwn: ownLines(env, call) })
  const asking = ask({ ...call, upload: body }, AbortSignal.any([call.request.signal, refusal.signal]))
  try {
    // A refusal ends the request at once; DashScope may respond before it has the whole body.
    const response = await Promise.race([asking, checked.then(() => asking)])
    const sums = response.status === 200 ? await checked : undefined
    if (sums) await keepBatchFile(env, call, response, sums)
    return response
  } catch (thrown) {
    refusal.abort()
    asking.catch(() => undefined)
    // Many clients read the response only after they have sent their whole body.
    keepAlive(upload.reader.drain(MAX_DRAINED_BYTES).catch(() => undefined))
    throw thrown
  } finally {
    checked.catch(() => undefined)
  }
}

/** Refuses lines that refer to objects that are not the caller's, or that are in another account than the batch. */
function ownLines(env: Env, call: ProxyRequest): (named: readonly LineName[]) => Promise<void> {
  const known = new Set<string>()
  return async (named) => {
    for (const { kind, id, line } of named) {
      if (known.has(`${kind} ${id}`)) continue
      await requireOwnLine(env, { ...call, namedIds: new Map([[kind, [id]]]) }, line)
      if (known.size < MAX_REMEMBERED_IDS) known.add(`${kind} ${id}`)
    }
  }
}

async function requireOwnLine(env: Env, call: ProxyRequest, line: number): Promise<void> {
  try {
    await assertOwnership(env, call)
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.status >= 500) throw thrown
    throw new GatewayError(thrown.reason, `Line ${line}: ${thrown.message}`, { cause: thrown })
  }
}

async function keepBatchFile(
  env: Env,
  { principal }: ProxyRequest,
  response: UpstreamResponse,
  { lines, model, usage, money, user }: BatchSums,
): Promise<void> {
  const file = response.kind === 'whole' ? madeIdIn('file', response.body) : undefined
  if (file === undefined) return
  const rules = await lineRulesHash(principal)
  const ledger = ledgersOf(env).getByName(principal.keyId)
  await ledgerOrUnavailable(async () =>
    ledger.keepBatchFile({ file, rules, lines, model, usage, money, ...(user !== undefined && { user }) }),
  )
}
