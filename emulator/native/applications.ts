import type { Account } from '../accounts.ts'
import { finalCounts, moments } from '../brain/moments.ts'
import { lastUserText } from '../brain/question.ts'
import { readQuestion, readTurns } from '../brain/read.ts'
import { makeReplies } from '../brain/reply.ts'
import { hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, nativeFrame } from '../frames.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { type Counts, countInput, inputTokens, usageOf } from '../tokens.ts'
import { asksForTask, refuseTask } from './tasks.ts'

/** The model that applications report. */
const APPLICATION_MODEL = 'qwen-max-latest'
const NO_MEDIA = { images: 0, videoFiles: 0, videoFrames: 0, audios: 0 }

/**
 * Answers POST /api/v1/apps/{app}/completion, whole or streamed. An id that contains `unknown` does not exist. The
 * response contains the number of turns of its session, so that tests can check the session id.
 */
export function applicationCompletion(exchange: Exchange): EmulatorResponse {
  const { account, body, fault, parts, requestId, streams } = exchange
  if (asksForTask(exchange)) return refuseTask()
  if ((parts[0] ?? '').includes('unknown')) {
    return invalid('Required parameter(AppId) missing or invalid, please check the request parameters.')
  }
  const input = objectOf(body.input)
  const parameters = objectOf(body.parameters)
  const turns = readTurns(input.messages)
  const prompt = typeof input.prompt === 'string' ? input.prompt : lastUserText(turns)
  if (prompt === '') return invalid('Either "prompt" or "messages" must exist and cannot both be none')
  const session = textOf(input.session_id) || hex(requestId, 32)
  const turn = takeTurn(account, session)
  const asked = readTurns([{ role: 'user', content: `${prompt} [turn ${turn}]` }])
  const question = readQuestion(APPLICATION_MODEL, asked, {}, false, [])
  const replies = makeReplies(question, fault, requestId)
  const counts = countInput([prompt], NO_MEDIA)
  const references = parameters.rag_options === undefined ? {} : { doc_references: [reference(prompt)] }
  const said = (text: string, finish: string, extra: JsonObject, running: Counts): JsonObject => ({
    output: { session_id: session, finish_reason: finish, text, ...extra },
    usage: { models: [modelUsage(running)] },
    request_id: requestId,
  })
  const whole = replies[0]?.text ?? ''
  const final = finalCounts(replies, counts)
  if (!streams) return { kind: 'json', body: said(whole, 'stop', references, final), usage: usageOf(final) }
  const deltas = parameters.incremental_output === true
  let sofar = ''
  const frames: Frame[] = moments(replies, counts).map(({ text, counts: running }, index) => {
    sofar += text
    const data = said(deltas ? text : sofar, 'null', {}, running)
    return { text: nativeFrame(index + 1, data), usage: usageOf(running) }
  })
  const last = said(deltas ? '' : whole, 'stop', references, final)
  frames.push({ text: nativeFrame(frames.length + 1, last), usage: usageOf(final) })
  return { kind: 'stream', frames }
}

function takeTurn(account: Account, session: string): number {
  const turn = (account.sessions.get(session) ?? 0) + 1
  account.sessions.set(session, turn)
  return turn
}

function modelUsage(counts: Counts): JsonObject {
  return { input_tokens: inputTokens(counts), output_tokens: counts.output, model_id: APPLICATION_MODEL }
}

function reference(prompt: string): JsonObject {
  return {
    images: [],
    text: `A passage about ${prompt}`,
    index_id: '1',
    title: 'A document',
    doc_name: 'A document',
    doc_id: `file_${hex(prompt, 32)}`,
  }
}
