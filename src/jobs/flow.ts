import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers'
import { type Env, readConfig } from '../config.ts'
import { asGatewayError, type GatewayError } from '../errors.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { recordOwnership } from '../ownership/ownership.ts'
import { type Attempt, respondingAttempt } from '../upstream/attempt.ts'
import { join, readUpTo, type UpstreamResponse } from '../upstream/response.ts'
import { fetchWithRetries } from '../upstream/retry-loop.ts'
import { ledgersOf } from './bindings.ts'
import { type HookWork, hookWork } from './hook-work.ts'
import type { CallOutcome, HeaderFields } from './job.ts'
import { BODY_CALL_BYTES } from './ledger/ledger.ts'
import { restoreCall, type StoredCall } from './stored-call.ts'

/** The largest response of a job. It is sent to the ledger in one call, which may have 32 MiB. */
const MAX_RESPONSE_BYTES = 20 * 1024 * 1024

/** Calls of one run: a second one is made only if DashScope refused the first. */
const MAX_CALLS = 2

/** Delay before a refused call is retried if there is no `Retry-After`. */
const AGAIN_SECONDS = 30

/** The longest that a job waits for the second call. */
const MAX_AGAIN_SECONDS = 900

/** Retries of the step itself, for failures of the ledger or restarts of the engine. */
const STEP = {
  retries: { limit: 20, delay: '5 seconds', backoff: 'constant' },
  timeout: '40 minutes',
} as const

/** Which run of which job a Workflow instance is. */
export interface FlowParams {
  /** The ledger's name: the key's id. */
  ledger: string
  job: string
  run: number
}

/** The result of a call step: done, or a delay before the call is retried. */
type CallStep = { againSeconds: number | null }

/**
 * Runs the model call of one job, which may take many minutes, and stores the response in the ledger. The ledger does
 * everything else. A call that was interrupted by a restart is repeated: this is the only case in which DashScope may
 * get a request twice.
 */
export class JobFlow extends WorkflowEntrypoint<Env, FlowParams> {
  override async run({ payload }: Readonly<WorkflowEvent<FlowParams>>, step: WorkflowStep): Promise<void> {
    for (let call = 1; call <= MAX_CALLS; call++) {
      const { againSeconds } = await step.do(`call ${call}`, STEP, () =>
        this.#call(payload, call === MAX_CALLS),
      )
      if (againSeconds === null) return
      await step.sleep(`wait ${call}`, againSeconds * 1000)
    }
  }

  async #call({ ledger: name, job, run }: FlowParams, isLast: boolean): Promise<CallStep> {
    const ledger = ledgersOf(this.env).getByName(name)
    const begun = await ledger.begin(job, run)
    if (!begun) return { againSeconds: null }
    const { call, hookJob } = begun
    const work = await hookWork(this.env, hookJob, await this.#readBody(name, job))
    const { outcome, body, retryAfterMs } = await this.#ask(call, work)
    if (retryAfterMs !== undefined && !isLast) {
      return { againSeconds: Math.min(Math.ceil(retryAfterMs / 1000), MAX_AGAIN_SECONDS) }
    }
    await ledger.finish(job, run, outcome, body)
    return { againSeconds: null }
  }

  async #readBody(name: string, job: string): Promise<Uint8Array<ArrayBuffer>> {
    const ledger = ledgersOf(this.env).getByName(name)
    const parts: Uint8Array[] = []
    let size = 0
    for (;;) {
      const part = await ledger.requestBody(job, size)
      parts.push(part)
      size += part.byteLength
      if (part.byteLength < BODY_CALL_BYTES) return join(parts, size)
    }
  }

  async #ask(stored: StoredCall, { body, watch }: HookWork): Promise<CallResult> {
    const attempts: Attempt[] = []
    try {
      const restored = restoreCall(stored, body.byteLength > 0 ? body : undefined, readConfig(this.env))
      const { aggregation } = restored
      const call =
        watch && aggregation
          ? { ...restored, aggregation: { ...aggregation, onFrame: watch.frame } }
          : restored
      const options = { requestId: crypto.randomUUID(), signal: new AbortController().signal, attempts }
      const response = await fetchWithRetries(call, options)
      const home = respondingAttempt(attempts)?.to ?? ''
      const owned = { ...call, principal: stored.principal, id: undefined, namedIds: new Map() }
      // A submitted task runs even if its owner could not be recorded, so the job continues.
      await recordOwnership(this.env, owned, response, home, Date.now()).catch(logUnowned)
      return callResultOf(await readWhole(response), home, stored.asTask)
    } catch (thrown) {
      return failedWith(asGatewayError(thrown))
    } finally {
      await watch?.end()
    }
  }
}

/** The outcome of a call; `retryAfterMs` is set if a retry may help. */
interface CallResult {
  outcome: CallOutcome
  body: Uint8Array<ArrayBuffer>
  retryAfterMs?: number
}

interface WholeBody {
  status: number
  headers: HeaderFields
  body: Uint8Array<ArrayBuffer>
  isPaid: boolean
}

/** Reads a response to its end; a response that is too large for the ledger is discarded. */
async function readWhole(response: UpstreamResponse): Promise<WholeBody | 'too-large'> {
  const { status } = response
  const headers = Object.fromEntries(response.headers)
  if (response.kind === 'whole')
    return { status, headers, body: response.body, isPaid: response.isPaid === true }
  if (!response.body) return { status, headers, body: new Uint8Array(0), isPaid: false }
  const read = await readUpTo(response.body, MAX_RESPONSE_BYTES)
  if (read.kind === 'whole') return { status, headers, body: read.bytes, isPaid: false }
  await read.rest.cancel().catch(() => undefined)
  return 'too-large'
}

function callResultOf(response: WholeBody | 'too-large', home: string, asTask: boolean): CallResult {
  if (response === 'too-large') {
    const message = 'The response is larger than 20 MiB, the maximum for jobs.'
    return failed({ code: 'ResponseTooLarge', message }, true)
  }
  const { status, headers, body, isPaid } = response
  const taskId = asTask && status === 200 ? createdTaskId(body) : undefined
  if (taskId !== undefined) return { outcome: { kind: 'task', taskId, status, headers, home }, body }
  const mayHelp = (status === 429 || status >= 500) && !isPaid
  return {
    outcome: { kind: 'response', status, headers, home },
    body,
    ...(mayHelp && { retryAfterMs: retryAfterOf(headers) }),
  }
}

function failedWith({ reason, message, upstream }: GatewayError): CallResult {
  // A call that timed out or broke off may have been processed, and is then billed.
  const charged = upstream !== undefined && (upstream.isPaid === true || upstream.code !== '')
  const mayHelp = upstream !== undefined && !charged
  return {
    ...failed({ code: reason, message }, charged),
    ...(mayHelp && { retryAfterMs: AGAIN_SECONDS * 1000 }),
  }
}

function logUnowned(cause: unknown): void {
  console.error(JSON.stringify({ message: 'The owner of a task was not recorded.', cause: String(cause) }))
}

function failed(error: { code: string; message: string }, charged: boolean): CallResult {
  return { outcome: { kind: 'error', error, charged }, body: new Uint8Array(0) }
}

function retryAfterOf(headers: HeaderFields): number {
  const text = headers['retry-after'] ?? ''
  return (/^\d{1,5}$/.test(text) ? Number(text) : AGAIN_SECONDS) * 1000
}

/** The id of the task that DashScope has created. */
export function createdTaskId(body: Uint8Array): string | undefined {
  const id = objectAt(parseObject(textOf(body)), 'output')?.task_id
  return typeof id === 'string' && id !== '' ? id : undefined
}
