import { ledgersOf } from '../jobs/bindings.ts'
import { orUnavailable } from '../jobs/create-job.ts'
import { isFinal } from '../jobs/job.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { Hook, HookSecrets } from './hook-record.ts'
import type { InboundContext, InboundResponse } from './inbound-context.ts'
import { answerIn } from './prompt.ts'
import { inDialect } from './replies/markdown.ts'
import { splitText } from './replies/split.ts'
import { wecomSecrets } from './verify/verify.ts'
import { seal } from './verify/wecom.ts'

/** WeCom asks for the next state for six minutes; a little earlier the stream must end by itself. */
const STREAM_MS = 350_000

/** WeCom, "streaming messages": the whole text so far, at most this long. */
const MAX_STREAM_BYTES = 20_480

const NO_ANSWER = 'The model did not answer. Please try again.'
const TOO_SLOW = 'The answer takes too long. Please try again later.'

/**
 * The state of an AI bot's stream, sealed as a passive reply. The job's id is the id of the stream, and its response is read
 * from the ledger, so that any isolate can answer the next call.
 */
export async function streamState(
  hook: Hook,
  secrets: HookSecrets,
  job: string,
  { env, nowMs }: InboundContext,
): Promise<InboundResponse> {
  const ledger = ledgersOf(env).getByName(hook.key)
  const stored = await orUnavailable(async () => ledger.response(job))
  const isOver = stored !== undefined && isFinal(stored.record.status)
  const isLate = stored === undefined || nowMs - Date.parse(stored.record.created_at) > STREAM_MS
  const content = isOver ? textIn(stored.body, hook) : isLate ? TOO_SLOW : ''
  const message = { msgtype: 'stream', stream: { id: job, finish: isOver || isLate, content } }
  const timestamp = `${Math.floor(nowMs / 1000)}`
  const nonce = crypto.randomUUID().slice(0, 8)
  const random = crypto.getRandomValues(new Uint8Array(16))
  const sealed = await seal(JSON.stringify(message), wecomSecrets(secrets, ''), { timestamp, nonce, random })
  const envelope = { encrypt: sealed.encrypt, msgsignature: sealed.signature, timestamp, nonce }
  return { status: 200, body: JSON.stringify(envelope), type: 'application/json' }
}

function textIn(body: Uint8Array, { reply }: Hook): string {
  const answer = answerFrom(body) ?? reply.error_text ?? NO_ANSWER
  return splitText(inDialect(answer, 'wecom'), MAX_STREAM_BYTES)[0] ?? ''
}

function answerFrom(body: Uint8Array): string | undefined {
  return answerIn(parseObject(textOf(body)))
}
