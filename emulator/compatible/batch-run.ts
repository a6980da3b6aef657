import type { Account, Batch, BatchResult } from '../accounts.ts'
import { hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, objectOf, parseObject, textOf } from '../json.ts'
import { modelExists } from '../models.ts'
import { chatCompletions } from './chat.ts'
import { compatibleEmbeddings } from './embeddings.ts'

/** The endpoints for lines, by `url`. */
const ENDPOINTS: { [url: string]: (exchange: Exchange) => EmulatorResponse } = {
  '/v1/chat/completions': chatCompletions,
  '/v1/chat/ds-test': chatCompletions,
  '/v1/embeddings': compatibleEmbeddings,
}

/** Runs the lines of a batch (the first half of a cancelled one) and writes its output and error files. */
export function runLines(account: Account, batch: Batch, now: number): BatchResult {
  const text = new TextDecoder().decode(account.files.get(batch.inputFile)?.content)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const wrong = lines.findIndex((line) => textOf(parseObject(line)?.url) !== batch.endpoint)
  if (wrong >= 0) return refused(textOf(parseObject(lines[wrong] ?? '')?.url), wrong + 1, now)
  const done = batch.cancelledAt === undefined ? lines.length : Math.floor(lines.length / 2)
  const output: string[] = []
  const errors: string[] = []
  const billed: BatchResult['billed'] = []
  for (const [index, line] of lines.entries()) {
    const { custom_id, body } = parseObject(line) ?? {}
    const id = hex(`${batch.id}:${index}`, 32)
    const response = index < done ? respondToLine(account, batch, objectOf(body), id, now) : undefined
    if (response?.kind === 'json') {
      output.push(written(id, custom_id, { status_code: 200, request_id: id, body: response.body }, null))
      if (response.usage) billed.push({ model: textOf(objectOf(body).model), usage: response.usage })
    } else errors.push(written(id, custom_id, null, errorOf(response)))
  }
  const file = (part: string, rows: readonly string[]) =>
    rows.length > 0 ? keep(account, batch, part, rows, now) : null
  const counts = { total: lines.length, completed: output.length, failed: errors.length }
  return {
    at: now,
    outputFile: file('output', output),
    errorFile: file('error', errors),
    errors: undefined,
    counts,
    billed,
  }
}

function respondToLine(
  account: Account,
  batch: Batch,
  body: JsonObject,
  requestId: string,
  now: number,
): EmulatorResponse | undefined {
  const model = textOf(body.model)
  if (!modelExists(model) && model !== 'batch-test-model') return undefined
  return ENDPOINTS[batch.endpoint]?.({
    url: new URL(`http://batch.invalid${batch.endpoint}`),
    headers: new Headers(),
    parts: [],
    raw: new Uint8Array(0),
    body: { ...body, stream: false },
    model,
    dialect: 'compatible',
    streams: false,
    account,
    requestId,
    fault: undefined,
    now,
  })
}

function errorOf(response: EmulatorResponse | undefined): JsonObject {
  if (response?.kind === 'problem') return { code: response.code, message: response.message }
  return { code: 'batch_cancelled', message: 'The request was not run.' }
}

function written(id: string, custom: unknown, response: JsonObject | null, error: JsonObject | null): string {
  return `${JSON.stringify({ id, custom_id: custom, response, error })}\n`
}

function keep(account: Account, batch: Batch, part: string, rows: readonly string[], now: number): string {
  const id = `file-batch_output-${hex(`${batch.id}:${part}`, 24)}`
  const content = new TextEncoder().encode(rows.join(''))
  const name = `${batch.id}_${part}.jsonl`
  const createdAt = Math.floor(now / 1000)
  account.files.set(id, { id, name, purpose: 'batch_output', bytes: content.byteLength, createdAt, content })
  return id
}

function refused(url: string, line: number, now: number): BatchResult {
  const message = `The provided url '${url}' is not supported by the Batch API.`
  const errors = { object: 'list', data: [{ code: 'url_not_found', message, param: 'url', line }] }
  const counts = { total: 0, completed: 0, failed: 0 }
  return { at: now, outputFile: null, errorFile: null, errors, counts, billed: [] }
}
