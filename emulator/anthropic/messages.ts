import { finalCounts, moments } from '../brain/moments.ts'
import { inputTexts, mediaOf, type Turn } from '../brain/question.ts'
import { readQuestion, readTurn } from '../brain/read.ts'
import { makeReplies, type Reply } from '../brain/reply.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, listOf, numberOf, objectOf, parseObject, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { type Counts, countInput, inputTokens, usageOf } from '../tokens.ts'
import { messageEvents } from './events.ts'

/** Anthropic's stop reasons. */
const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' }

/** Answers POST /apps/anthropic/v1/messages in Anthropic's format: one message, or its typed events. */
export function anthropicMessages(exchange: Exchange): EmulatorResponse {
  const { body, fault, model, requestId, streams } = exchange
  const turns = readConversation(body)
  if (listOf(body.messages).length === 0) return invalid('messages: at least one message is required')
  const thinking = objectOf(body.thinking)
  const parameters = {
    tools: body.tools,
    tool_choice: body.tool_choice,
    max_tokens: body.max_tokens,
    stop: body.stop_sequences,
    thinking_budget: numberOf(thinking.budget_tokens),
  }
  const question = readQuestion(model, turns, parameters, thinking.type === 'enabled', [])
  const [reply] = makeReplies(question, fault, requestId)
  if (reply === undefined) return invalid('messages: at least one message is required')
  const input = countInput(inputTexts(turns, body.tools), mediaOf(turns))
  const counts = finalCounts([reply], input)
  if (!streams) {
    const message = messageObject(exchange, contentBlocks(reply), STOP_REASONS[reply.finish], counts)
    return { kind: 'json', body: message, usage: usageOf(counts) }
  }
  const start = messageObject(exchange, [], null, input)
  return {
    kind: 'stream',
    frames: messageEvents(start, reply, moments([reply], input), input, STOP_REASONS[reply.finish]),
  }
}

/** A `tool_result` block becomes a turn with the role `tool`, as in the other dialects. */
function readConversation(body: JsonObject): Turn[] {
  const system = body.system === undefined ? [] : [readTurn('system', body.system)]
  const said = listOf(body.messages).flatMap((value) => {
    const { role, content } = objectOf(value)
    const results = listOf(content)
      .map(objectOf)
      .filter(({ type }) => type === 'tool_result')
    if (results.length === 0) return [readTurn(textOf(role), content)]
    return results.map((result) => readTurn('tool', result.content))
  })
  return [...system, ...said]
}

function contentBlocks({ reasoning, text, toolCalls }: Reply): JsonObject[] {
  const thinking = reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: '' }]
  const calls = toolCalls.map((call) => ({
    type: 'tool_use',
    id: call.id,
    name: call.name,
    input: parseObject(call.arguments) ?? {},
  }))
  return [...thinking, ...(calls.length > 0 ? calls : [{ type: 'text', text }])]
}

function messageObject(
  { model, requestId }: Exchange,
  content: JsonObject[],
  stopReason: string | null,
  counts: Counts,
): JsonObject {
  return {
    id: `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: inputTokens(counts), output_tokens: counts.output },
  }
}
