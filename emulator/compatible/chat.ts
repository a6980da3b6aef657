import { logprobsOf } from '../brain/logprobs.ts'
import { finalCounts, type Moment, moments } from '../brain/moments.ts'
import { inputTexts, mediaOf, type Question } from '../brain/question.ts'
import { readQuestion, readTurns } from '../brain/read.ts'
import { makeReplies, type Reply } from '../brain/reply.ts'
import { documentsOf } from '../checks/documents.ts'
import { checkJsonMode, checkMessages } from '../checks/messages.ts'
import { checkParameters, thinks } from '../checks/parameters.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { compatibleFrame, DONE_FRAME, type Frame } from '../frames.ts'
import { type JsonObject, listOf, objectOf } from '../json.ts'
import { toolDelta } from '../native/render.ts'
import { invalid } from '../problems.ts'
import { type Counts, countInput, inputTokens, usageOf } from '../tokens.ts'

/** Answers POST /compatible-mode/v1/chat/completions: OpenAI's format, with DashScope's `reasoning_content`. */
export function chatCompletions(exchange: Exchange): EmulatorResponse {
  const { account, body, fault, model, requestId, streams } = exchange
  if (listOf(body.messages).length === 0) return invalid("[] is too short - 'messages'")
  const turns = readTurns(body.messages)
  const text = turns.map((turn) => turn.text).join('\n')
  const refusal =
    checkMessages(body.messages) ?? checkParameters(model, body, streams) ?? checkJsonMode(body, text)
  if (refusal !== undefined) return refusal
  const documents = documentsOf(account, turns)
  if ('kind' in documents) return documents
  const question = readQuestion(model, turns, body, thinks(model, body), documents)
  const replies = makeReplies(question, fault, requestId)
  const input = countInput(inputTexts(turns, body.tools), mediaOf(turns))
  const counts = finalCounts(replies, input)
  if (streams) return { kind: 'stream', frames: chunks(exchange, question, replies, input) }
  const choices = replies.map((reply, index) => wholeChoice(reply, index, question))
  return {
    kind: 'json',
    body: { ...envelope(exchange, 'chat.completion'), choices, usage: chatUsage(counts) },
    usage: usageOf(counts),
  }
}

function envelope({ model, now, requestId }: Exchange, object: string): JsonObject {
  return {
    id: `chatcmpl-${requestId}`,
    object,
    created: Math.floor(now / 1000),
    model,
    system_fingerprint: null,
  }
}

function wholeChoice(
  { finish, reasoning, text, toolCalls }: Reply,
  index: number,
  { logprobs, thinks }: Question,
): JsonObject {
  const calls = toolCalls.map((call, position) => ({
    id: call.id,
    type: 'function',
    index: position,
    function: { name: call.name, arguments: call.arguments },
  }))
  const message = {
    role: 'assistant',
    content: text,
    ...(thinks ? { reasoning_content: reasoning } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
  return { index, message, finish_reason: finish, logprobs: spelled(text, logprobs) }
}

function spelled(text: string, alternatives: number | undefined): JsonObject | null {
  return alternatives === undefined || text === '' ? null : logprobsOf(text, alternatives)
}

function chunks(exchange: Exchange, question: Question, replies: Reply[], input: Counts): Frame[] {
  const all = moments(replies, input)
  const frames: Frame[] = []
  const add = (members: JsonObject, counts: Counts): void => {
    const data = { ...envelope(exchange, 'chat.completion.chunk'), ...members }
    frames.push({ text: compatibleFrame(data), usage: usageOf(counts) })
  }
  const addChoice = (
    index: number,
    text: string,
    delta: JsonObject,
    finish: string | null,
    counts: Counts,
  ): void => {
    const logprobs = spelled(text, question.logprobs)
    add({ choices: [{ index, delta, finish_reason: finish, logprobs }], usage: null }, counts)
  }
  let counts = input
  for (const [index, reply] of replies.entries()) {
    let role: JsonObject = { role: 'assistant' }
    for (const moment of all.filter(({ choice }) => choice === index)) {
      counts = moment.counts
      addChoice(index, moment.text, { ...deltaOf(moment, question.thinks), ...role }, null, counts)
      role = {}
    }
    addChoice(index, '', { content: '', ...role }, reply.finish, counts)
  }
  if (objectOf(exchange.body.stream_options).include_usage === true) {
    add({ choices: [], usage: chatUsage(counts) }, counts)
  }
  return [...frames, { text: DONE_FRAME, usage: undefined }]
}

function deltaOf({ reasoning, text, tools }: Moment, thinks: boolean): JsonObject {
  if (tools.length > 0) return { content: null, tool_calls: tools.map(toolDelta) }
  if (reasoning !== '') return { content: null, reasoning_content: reasoning }
  return thinks ? { content: text, reasoning_content: null } : { content: text }
}

function chatUsage(counts: Counts): JsonObject {
  const input = inputTokens(counts)
  return {
    prompt_tokens: input,
    completion_tokens: counts.output,
    total_tokens: input + counts.output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: counts.reasoning },
  }
}
