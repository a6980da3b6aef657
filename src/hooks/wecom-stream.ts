import { ledgersOf } from '../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../jobs/create-job.ts'
import { isFinal } from '../jobs/job.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { Hook, HookSecrets } from './hook-record.ts'
import type { InboundContext, InboundResponse } from './inbound-context.ts'
import { modelTextIn } from './prompt.ts'
import { inDialect } from './replies/markdown.ts'
import { splitText } from './replies/split.ts'
import { readReplyState } from './reply-state.ts'
import { wecomSecrets } from './verify/verify.ts'
import { seal } from './verify/wecom.ts'

/** WeCom polls for the next state for six minutes; the stream must end shortly before. */
const STREAM_MS = 350_000

/** WeCom, "streaming messages": the maximum length of the whole text. */
const MAX_STREAM_BYTES = 20_480

const NO_REPLY = 'The model did not answer. Please try again.'
const FOLLOWS = 'The answer takes longer than usual. It follows as soon as it is ready.'

/** Whether a job ended after its stream had to end; its response is then sent to the message's `response_url`. */
export function isTooLateForStream({ createdMs, endedMs }: { createdMs: number; endedMs: number }): boolean {
  return endedMs - createdMs > STREAM_MS
}

/**
 * The state of an AI bot's stream, encrypted as a passive reply with the whole text so far. The job's id is the id of
 * the stream, and the text is read from the ledger, so that any isolate can answer the next request.
 */
export async function streamState(
  hook: Hook,
  secrets: HookSecrets,
  job: string,
  context: InboundContext,
): Promise<InboundResponse> {
  const { finish, content } = await contentOf(hook, job, context)
  const message = { msgtype: 'stream', stream: { id: job, finish, content } }
  const timestamp = `${Math.floor(context.nowMs / 1000)}`
  const nonce = crypto.randomUUID().slice(0, 8)
  const random = crypto.getRandomValues(new Uint8Array(16))
  const sealed = await seal(JSON.stringify(message), wecomSecrets(secrets, ''), { timestamp, nonce, random })
  const envelope = { encrypt: sealed.encrypt, msgsignature: sealed.signature, timestamp, nonce }
  return { status: 200, body: JSON.stringify(envelope), type: 'application/json' }
}

async function contentOf(
  hook: Hook,
  job: string,
  { env, nowMs }: InboundContext,
): Promise<{ finish: boolean; content: string }> {
  const ledger = ledgersOf(env).getByName(hook.key)
  const stored = await ledgerOrUnavailable(async () => ledger.response(job))
  // The job of another hook is treated like a deleted one.
  if (stored?.record.hook !== hook.id) return { finish: true, content: NO_REPLY }
  const { record, body } = stored
  const isEnded = isFinal(record.status)
  const { text } = isEnded ? {} : await ledgerOrUnavailable(async () => readReplyState(env, hook.key, job))
  return contentAt(
    {
      createdMs: Date.parse(record.created_at),
      endedMs: isEnded ? Date.parse(record.ended_at ?? record.created_at) : undefined,
      text: isEnded ? modelTextIn(parseObject(textOf(body))) : text,
    },
    hook.reply,
    nowMs,
  )
}

/** The progress of a response: the whole text of a job that has ended, or the text so far. */
export interface StreamedReply {
  createdMs: number
  endedMs: number | undefined
  text: string | undefined
}

/**
 * The content of a stream at a given time. After six minutes it ends without the response, which follows as a
 * message.
 */
export function contentAt(
  { createdMs, endedMs, text }: StreamedReply,
  { ack_text, error_text }: Pick<Hook['reply'], 'ack_text' | 'error_text'>,
  nowMs: number,
): { finish: boolean; content: string } {
  const isTooLate = isTooLateForStream({ createdMs, endedMs: endedMs ?? nowMs })
  if (isTooLate) return { finish: true, content: FOLLOWS }
  if (endedMs === undefined) return { finish: false, content: text ? shown(text) : (ack_text ?? '') }
  return { finish: true, content: text?.trim() ? shown(text) : (error_text ?? NO_REPLY) }
}

function shown(markdown: string): string {
  return splitText(inDialect(markdown, 'wecom'), MAX_STREAM_BYTES)[0] ?? ''
}
