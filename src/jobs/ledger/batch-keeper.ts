import { type Env, readConfig } from '../../config.ts'
import {
  type BatchState,
  batchStateIn,
  type EndedBatch,
  MAX_BATCH_LINE_BYTES,
} from '../../dashscope/batch.ts'
import { type Target, targetsAt } from '../../dashscope/targets.ts'
import type { TaskResult } from '../../dashscope/task-result.ts'
import { parseObject } from '../../lib/json/object.ts'
import { LineSplitter } from '../../lib/lines.ts'
import { meterNamespace } from '../../meter/meters.ts'
import { settleTask } from '../../meter/task-charge.ts'
import { recordOwned } from '../../ownership/owners.ts'
import { addOutputLine, type BatchUsage, NO_BATCH_USAGE, type OutputRules, shareOf } from '../batch-output.ts'
import { pollerPeer } from '../peers.ts'
import { announceBatch } from './batch-message.ts'
import { deleteBatch, type StoredBatch, settleBatch, wakeBatch } from './batches-table.ts'

/** A running batch is reported to the poller again this often, in case the poller lost it. */
const REWATCH_MS = 600_000

/** The delay before a failed step is retried; it grows with each retry. */
const AGAIN_MS = 10_000
const MAX_AGAIN_MS = 3_600_000

/** Attempts to read the usage of a batch, over two days. After that the charge of its estimate is final. */
const MAX_TRIES = 50

/** How long a billed batch is kept. */
const BATCH_KEPT_MS = 7 * 86_400_000

/** Enough for an output of 500 MB at 7 Mbit/s. */
const READ_TIMEOUT_MS = 600_000

/** Output lines contain long responses with thinking; longer ones are invalid. */
const MAX_OUTPUT_LINE_BYTES = 4 * MAX_BATCH_LINE_BYTES

/** How the charge of a batch is corrected at its end. Completed requests are billed even if the batch was stopped. */
const RESULTS: Readonly<Record<EndedBatch, TaskResult['status']>> = {
  completed: 'SUCCEEDED',
  failed: 'FAILED',
  expired: 'CANCELED',
  cancelled: 'CANCELED',
}

/** Processes the batches of a ledger: has them watched by the poller, and bills each once from its output file. */
export class BatchKeeper {
  readonly #storage: DurableObjectStorage
  readonly #env: Env

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#storage = storage
    this.#env = env
  }

  /** Runs the next step of a batch. Throws if that fails; the row has the time of the retry. */
  async attend(batch: StoredBatch, nowMs: number): Promise<void> {
    const { sql } = this.#storage
    if (batch.step === 'settled') return deleteBatch(sql, batch.id)
    const againMs = Math.min(AGAIN_MS * 2 ** batch.tries, MAX_AGAIN_MS)
    wakeBatch(sql, batch.id, nowMs + againMs, batch.step === 'ended')
    if (batch.step === 'ended') return this.#bill(batch, nowMs)
    const { id: task, home, principal } = batch
    await pollerPeer(this.#env, home).watch({ kind: 'batch', task, ledger: principal.keyId, job: '', home })
    wakeBatch(sql, batch.id, nowMs + REWATCH_MS)
  }

  async #bill(batch: StoredBatch, nowMs: number): Promise<void> {
    const { principal, home, id } = batch
    const state = batchStateIn(parseObject(batch.object))
    for (const file of filesOf(state))
      await recordOwned(this.#env, principal, 'file', { id: file, home }, nowMs)
    const used = await this.#used(batch, state)
    if (state?.ended && used) {
      const { usage, money } = used
      const result = { status: RESULTS[state.ended], usage, money }
      const seen = { result, config: readConfig(this.#env), nowMs }
      await settleTask(meterNamespace(this.#env), batch.payer ?? principal, id, seen)
    }
    this.#storage.transactionSync(() => {
      if (settleBatch(this.#storage.sql, id, nowMs + BATCH_KEPT_MS))
        announceBatch(this.#storage.sql, batch, used?.usage, nowMs, readConfig(this.#env))
    })
  }

  /** The usage of a batch; undefined if unknown, so that its estimate stays charged. */
  async #used(batch: StoredBatch, state: BatchState | undefined): Promise<BatchUsage | undefined> {
    if (!state) return undefined
    if (state.outputFile === null) return { ...NO_BATCH_USAGE, money: 0 }
    const config = readConfig(this.#env)
    const [target] = targetsAt(config.targets, batch.home) ?? []
    if (!target || batch.tries >= MAX_TRIES) return undefined
    const rules: OutputRules = {
      model: batch.model,
      region: target.region,
      billing: config.billing,
      perLine: shareOf(batch.usage, batch.lines),
    }
    return sumOutput(await openOutput(target, state.outputFile), rules)
  }
}

/** The output files of a batch. */
export function filesOf(state: BatchState | undefined): string[] {
  return [state?.outputFile, state?.errorFile].filter((file) => typeof file === 'string')
}

async function openOutput({ baseUrl, apiKey }: Target, file: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${baseUrl}/compatible-mode/v1/files/${file}/content`, {
    headers: { authorization: `Bearer ${apiKey}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(READ_TIMEOUT_MS),
  })
  if (response.status === 200 && response.body) return response.body
  await response.body?.cancel()
  throw new Error(`DashScope answered ${response.status} to the request for the output of a batch.`)
}

async function sumOutput(output: ReadableStream<Uint8Array>, rules: OutputRules): Promise<BatchUsage> {
  const lines = new LineSplitter()
  let sum = NO_BATCH_USAGE
  for await (const chunk of output) {
    for (const line of lines.push(chunk as Uint8Array<ArrayBuffer>)) sum = addOutputLine(sum, line, rules)
    if (lines.pendingBytes > MAX_OUTPUT_LINE_BYTES) throw unreadable()
  }
  const last = lines.end()
  const whole = last ? addOutputLine(sum, last, rules) : sum
  // A batch without a response has no output file.
  if (whole.lines === 0) throw unreadable()
  return whole
}

function unreadable(): Error {
  return new Error('The output of a batch has no responses.')
}
