import type { Account, Batch } from '../accounts.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { invalid, type Problem, problem } from '../problems.ts'
import { runLines } from './batch-run.ts'

/**
 * How long a batch is validated and how long it runs, in milliseconds, unless its `ds_name` is `pending-` and a
 * number.
 */
const VALIDATING_MILLISECONDS = 30
const RUNNING_MILLISECONDS = 200
const DEFAULT_PAGE = 20

/** Answers POST /compatible-mode/v1/batches. */
export function createBatch({ account, body, now }: Exchange): EmulatorResponse {
  const file = account.files.get(textOf(body.input_file_id))
  if (file?.purpose !== 'batch') return noSuch('File', textOf(body.input_file_id))
  const metadata = objectOf(body.metadata)
  const asked = /^pending-(\d+)$/.exec(textOf(metadata.ds_name))?.[1]
  const batch: Batch = {
    id: `batch_${crypto.randomUUID()}`,
    inputFile: file.id,
    endpoint: textOf(body.endpoint),
    window: textOf(body.completion_window),
    metadata: body.metadata === undefined ? null : metadata,
    createdAt: now,
    runsMilliseconds: asked === undefined ? RUNNING_MILLISECONDS : Number(asked),
    cancelledAt: undefined,
    result: undefined,
  }
  account.batches.set(batch.id, batch)
  return { kind: 'json', body: shown(account, batch, now) }
}

/** Answers GET /compatible-mode/v1/batches/{id}. */
export function getBatch({ account, now, parts }: Exchange): EmulatorResponse {
  const batch = account.batches.get(parts[0] ?? '')
  return batch === undefined
    ? noSuch('Batch', parts[0] ?? '')
    : { kind: 'json', body: shown(account, batch, now) }
}

/** Answers POST /compatible-mode/v1/batches/{id}/cancel: completed lines are kept and billed. */
export function cancelBatch({ account, now, parts }: Exchange): EmulatorResponse {
  const batch = account.batches.get(parts[0] ?? '')
  if (batch === undefined) return noSuch('Batch', parts[0] ?? '')
  if (hasEnded(batch, now)) return invalid(`Batch ${batch.id} has ended and cannot be cancelled.`)
  batch.cancelledAt = now
  return { kind: 'json', body: { ...shown(account, batch, now), status: 'cancelling' } }
}

/** Answers GET /compatible-mode/v1/batches?after=…&limit=…: the account's batches, newest first. */
export function listBatches({ account, now, url }: Exchange): EmulatorResponse {
  const all = [...account.batches.values()].reverse()
  const after = all.findIndex(({ id }) => id === url.searchParams.get('after'))
  const page = all.slice(after + 1, after + 1 + Number(url.searchParams.get('limit') ?? DEFAULT_PAGE))
  const data = page.map((batch) => shown(account, batch, now))
  const [first, last] = [page[0]?.id ?? null, page.at(-1)?.id ?? null]
  const more = after + 1 + page.length < all.length
  return { kind: 'json', body: { object: 'list', data, first_id: first, last_id: last, has_more: more } }
}

function hasEnded({ cancelledAt, createdAt, runsMilliseconds }: Batch, now: number): boolean {
  return cancelledAt !== undefined || now >= createdAt + VALIDATING_MILLISECONDS + runsMilliseconds
}

/** The batch in DashScope's format; its result is written when it is first read after its end. */
function shown(account: Account, batch: Batch, now: number): JsonObject {
  const { createdAt, cancelledAt } = batch
  const isRunning = now >= createdAt + VALIDATING_MILLISECONDS
  if (hasEnded(batch, now)) batch.result ??= runLines(account, batch, now)
  const { result } = batch
  const ended = cancelledAt === undefined ? 'completed' : 'cancelled'
  const status = result ? (result.errors ? 'failed' : ended) : isRunning ? 'in_progress' : 'validating'
  const at = (isThere: boolean, milliseconds = now) => (isThere ? Math.floor(milliseconds / 1000) : null)
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: result?.errors ?? null,
    input_file_id: batch.inputFile,
    completion_window: batch.window,
    status,
    output_file_id: result?.outputFile ?? null,
    error_file_id: result?.errorFile ?? null,
    created_at: at(true, createdAt),
    in_progress_at: at(isRunning && !result?.errors, createdAt + VALIDATING_MILLISECONDS),
    expires_at: null,
    finalizing_at: at(status === 'completed', result?.at),
    completed_at: at(status === 'completed', result?.at),
    failed_at: at(status === 'failed', result?.at),
    expired_at: null,
    cancelling_at: at(status === 'cancelled', cancelledAt),
    cancelled_at: at(status === 'cancelled', cancelledAt),
    request_counts: result?.counts ?? { total: 0, completed: 0, failed: 0 },
    metadata: batch.metadata,
  }
}

function noSuch(object: string, id: string): Problem {
  return problem('NotFound', `No such ${object} object: ${id}`)
}
