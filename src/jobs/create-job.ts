import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { makeId } from '../lib/random.ts'
import type { MeteredCall } from '../meter/metered-call.ts'
import type { Principal } from '../policy/key-record.ts'
import { ledgersOf } from './bindings.ts'
import type { Accepted, JobKind, JobRecord, NewJob } from './job.ts'
import { BODY_CALL_BYTES } from './ledger/ledger.ts'
import { releaseRun, reserveRun } from './metering.ts'
import type { JobOptions } from './options.ts'
import { reservationOf } from './settlement.ts'
import { type CallToStore, storeCall } from './stored-call.ts'

/** The default maximum of open jobs of a key. */
const DEFAULT_OPEN_JOBS = 100

/** When a key has too many open jobs, another one is usually accepted soon. */
const OPEN_RETRY_AFTER_SECONDS = 10

const LEDGER_RETRY_AFTER_SECONDS = 2

/** An authorized request that will become a job. */
export type JobCall = CallToStore & MeteredCall

/** Where a job comes from. */
export interface JobSource {
  kind: JobKind
  /** The hook and the event that it answers. */
  hook?: NewJob['hook']
  /** A task that was already submitted and settled by the proxy. */
  taskId?: string
  /** The gateway's origin, for links. */
  origin: string
  nowMs: number
}

/** A job that was accepted, or the earlier one with the same `Idempotency-Key`. */
export interface CreatedJob {
  record: JobRecord
  /** The state of the key's limits. */
  headers: Record<string, string>
}

/**
 * Creates a job: reserves its estimated usage and stores it. A job that was created runs to its end or is in the dead
 * letters, even across restarts (promise P8).
 *
 * @param call a request that has passed policy, caps and schema.
 * @throws GatewayError `denied` if the key may not have jobs, `rateLimited` or `quotaExhausted` at a limit,
 *   `idempotencyMismatch`, `invalid` for an unknown endpoint, `unavailable` if the ledger or the meter fails.
 */
export async function createJob(
  env: Env,
  call: JobCall,
  options: JobOptions,
  source: JobSource,
): Promise<CreatedJob> {
  const openLimit = requireJobs(call.principal)
  const repeated = await findRepeated(env, call, options)
  if (repeated) return { record: repeated, headers: {} }
  const job = await newJob(call, options, source, openLimit)

  const reservation = source.taskId === undefined ? reservationOf({ id: job.id, runs: 1 }) : undefined
  const headers = reservation ? await reserveRun(env, call, reservation, source.nowMs) : {}
  const release = async () => reservation && releaseRun(env, call.principal, reservation)
  const accepted = await store(env, job, call.bytes ?? new Uint8Array(0)).catch(async (thrown) => {
    await release()
    throw thrown
  })
  if (accepted.kind !== 'accepted') await release()
  return { record: recordIn(accepted), headers }
}

/**
 * The job created by an earlier request with the same `Idempotency-Key`.
 *
 * @throws GatewayError `idempotencyMismatch` if that request was different.
 */
export async function findRepeated(
  env: Env,
  call: JobCall,
  { idempotencyKey }: JobOptions,
): Promise<JobRecord | undefined> {
  if (idempotencyKey === null) return undefined
  const idempotency = { key: idempotencyKey, fingerprint: await fingerprintOf(call) }
  const ledger = ledgersOf(env).getByName(call.principal.keyId)
  const found = await ledgerOrUnavailable(async () => ledger.repeatOf(idempotency))
  return found && recordIn(found)
}

/**
 * Refuses callers that may not create jobs.
 *
 * @returns how many open jobs the key may have.
 * @throws GatewayError `denied` for session tokens, which may be in anyone's browser, and for keys with `jobs:
 *   false`.
 */
export function requireJobs({ token, policy }: Principal): number {
  if (token) throw new GatewayError('denied', 'Session tokens cannot create jobs. Use a client key.')
  if (policy.jobs === false) throw new GatewayError('denied', 'This key may not create jobs.')
  return policy.jobs?.open ?? DEFAULT_OPEN_JOBS
}

/** Runs an operation on a ledger. Throws GatewayError `unavailable` with `Retry-After` for any failure. */
export async function ledgerOrUnavailable<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation()
  } catch (cause) {
    throw new GatewayError('unavailable', 'The ledger of jobs does not respond. Try again in a moment.', {
      headers: { 'retry-after': String(LEDGER_RETRY_AFTER_SECONDS) },
      cause,
    })
  }
}

function recordIn(accepted: Accepted): JobRecord {
  switch (accepted.kind) {
    case 'accepted':
    case 'repeated':
      return accepted.record
    case 'mismatch':
      throw new GatewayError(
        'idempotencyMismatch',
        'Idempotency-Key: this key was used for another request. Use a new key, or send the same request.',
      )
    case 'unknown-endpoint':
      throw new GatewayError('invalid', 'webhook: this key has no such endpoint.', { param: 'webhook' })
    case 'full':
      throw new GatewayError(
        'rateLimited',
        `This key has ${accepted.open} open jobs, the maximum. Wait until some have ended.`,
        { headers: { 'retry-after': String(OPEN_RETRY_AFTER_SECONDS) } },
      )
  }
}

async function newJob(
  call: JobCall,
  options: JobOptions,
  { kind, hook, taskId, origin, nowMs }: JobSource,
  openLimit: number,
): Promise<NewJob> {
  const { idempotencyKey, webhook, metadata } = options
  const stored = storeCall(call)
  return {
    id: makeId('job'),
    kind,
    key: call.principal.keyId,
    call: stored,
    taskId: taskId ?? null,
    hook: hook ?? null,
    origin,
    metadata,
    webhook,
    idempotency:
      idempotencyKey === null ? null : { key: idempotencyKey, fingerprint: await fingerprintOf(call) },
    openLimit,
    createdMs: nowMs,
  }
}

/** The fingerprint of a request: method, path and body bytes. */
async function fingerprintOf({ endpoint, url, bytes }: JobCall): Promise<string> {
  const body = await crypto.subtle.digest('SHA-256', bytes ?? new Uint8Array(0))
  const digits = Array.from(new Uint8Array(body), (byte) => byte.toString(16).padStart(2, '0'))
  return `${endpoint.method} ${url.pathname}${url.search} ${digits.join('')}`
}

/** Stores a job; a body too large for one call is sent in parts first. */
async function store(env: Env, job: NewJob, body: Uint8Array): Promise<Accepted> {
  const ledger = ledgersOf(env).getByName(job.key)
  let at = 0
  for (; body.byteLength - at > BODY_CALL_BYTES; at += BODY_CALL_BYTES) {
    const part = body.subarray(at, at + BODY_CALL_BYTES)
    await ledgerOrUnavailable(async () => ledger.keepBody(job.id, part))
  }
  return ledgerOrUnavailable(async () => ledger.accept(job, body.subarray(at)))
}
