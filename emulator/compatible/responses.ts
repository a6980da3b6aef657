import { finalCounts, moments } from '../brain/moments.ts'
import { inputTexts, mediaOf, type Turn } from '../brain/question.ts'
import { readQuestion, readTurn } from '../brain/read.ts'
import { makeReplies, type Reply } from '../brain/reply.ts'
import { thinks } from '../checks/parameters.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, typedFrame } from '../frames.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { type Counts, countInput, inputTokens, type Usage, usageOf } from '../tokens.ts'
import { historyOf, keepResponse } from './stored-responses.ts'

/** The model that applications report. */
const APPLICATION_MODEL = 'qwen-max-latest'

/** Answers POST /api/v2/apps/agent/{app}/compatible-mode/v1/responses; with `background` it responds at once. */
export function applicationResponses(exchange: Exchange): EmulatorResponse {
  const { body, parts, streams } = exchange
  if ((parts[0] ?? '').includes('unknown')) return invalid('Required parameter(AppId) missing or invalid.')
  if (streams && body.background === true) return invalid('background does not support stream.')
  return responses({ ...exchange, model: APPLICATION_MODEL })
}

/** Answers POST /compatible-mode/v1/responses in OpenAI's Responses format: one object, or typed events. */
export function responses(exchange: Exchange): EmulatorResponse {
  const { body, fault, model, requestId, streams } = exchange
  const history = historyOf(exchange)
  if (history.kind === 'problem') return history
  const turns = readInput(body, history.items)
  if (turns.length === 0) return invalid('The input field is a required field.')
  // The Responses API returns one result and has no `n`.
  const parameters = { ...body, max_tokens: body.max_output_tokens, n: 1 }
  const question = readQuestion(model, turns, parameters, thinks(model, body), [])
  const [reply] = makeReplies(question, fault, requestId)
  if (reply === undefined) return invalid('Range of n should be [1, 4]')
  const input = countInput(inputTexts(turns, body.tools), mediaOf(turns))
  const counts = finalCounts([reply], input)
  const items = outputItems(exchange, reply)
  const whole = responseObject(exchange, 'completed', items, counts)
  const state = keepResponse(exchange, whole, history)
  if (!streams) return { kind: 'json', body: state, usage: logged(exchange, counts) }
  return { kind: 'stream', frames: events(exchange, reply, items, input, whole) }
}

function readInput(body: JsonObject, history: JsonObject[]): Turn[] {
  const instructions = typeof body.instructions === 'string' ? [readTurn('system', body.instructions)] : []
  const input =
    typeof body.input === 'string'
      ? [{ role: 'user', content: body.input }]
      : listOf(body.input).map(objectOf)
  return input.length === 0 ? [] : [...instructions, ...[...history, ...input].map(turnOf)]
}

function turnOf(item: JsonObject): Turn {
  if (item.type === 'function_call_output') return readTurn('tool', item.output)
  return item.type === 'function_call' ? readTurn('assistant', '') : readTurn(textOf(item.role), item.content)
}

function outputItems({ requestId }: Exchange, reply: Reply): JsonObject[] {
  const thought = {
    id: `rs_${requestId}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: reply.reasoning }],
  }
  const message = {
    id: `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: reply.text, annotations: [] }],
  }
  const calls = reply.toolCalls.map((call) => ({
    id: `fc_${call.id}`,
    type: 'function_call',
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
    status: 'completed',
  }))
  return [...(reply.reasoning === '' ? [] : [thought]), ...(calls.length > 0 ? calls : [message])]
}

function responseObject(
  { body, model, now, requestId }: Exchange,
  status: string,
  output: JsonObject[],
  counts: Counts | undefined,
): JsonObject {
  const usage = counts && {
    input_tokens: inputTokens(counts),
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: counts.output,
    output_tokens_details: { reasoning_tokens: counts.reasoning },
    total_tokens: inputTokens(counts) + counts.output,
    ...(searchesWeb(body) && { x_tools: { web_search: { count: 1 } } }),
  }
  return {
    id: `resp_${requestId}`,
    object: 'response',
    created_at: Math.floor(now / 1000),
    status,
    model,
    output,
    error: null,
    usage: usage ?? null,
  }
}

/** The event order is OpenAI's: created, in_progress, then per item added … done, then completed. */
function events(
  exchange: Exchange,
  reply: Reply,
  items: JsonObject[],
  input: Counts,
  whole: JsonObject,
): Frame[] {
  const frames: Frame[] = []
  let counts = input
  const add = (type: string, members: JsonObject): void => {
    const data = { type, sequence_number: frames.length, ...members }
    frames.push({ text: typedFrame(type, data), usage: usageOf(counts) })
  }
  const pending = responseObject(exchange, 'in_progress', [], undefined)
  add('response.created', { response: pending })
  add('response.in_progress', { response: pending })
  const all = moments([reply], input)
  for (const [index, item] of items.entries()) {
    const place = { output_index: index, item_id: item.id }
    const own = all.filter(({ text, reasoning, tools }) =>
      item.type === 'message' ? text !== '' : item.type === 'reasoning' ? reasoning !== '' : tools.length > 0,
    )
    add('response.output_item.added', { output_index: index, item: { ...item, status: 'in_progress' } })
    if (item.type === 'function_call') {
      add('response.function_call_arguments.delta', { ...place, delta: item.arguments })
      counts = own.at(-1)?.counts ?? counts
      add('response.function_call_arguments.done', { ...place, arguments: item.arguments })
    } else {
      const kind = item.type === 'message' ? 'output_text' : 'reasoning_summary_text'
      const part = item.type === 'message' ? { content_index: 0 } : { summary_index: 0 }
      for (const moment of own) {
        counts = moment.counts
        add(`response.${kind}.delta`, { ...place, ...part, delta: moment.text || moment.reasoning })
      }
      add(`response.${kind}.done`, {
        ...place,
        ...part,
        text: item.type === 'message' ? reply.text : reply.reasoning,
      })
    }
    add('response.output_item.done', { output_index: index, item })
  }
  add('response.completed', { response: whole })
  const last = frames.at(-1)
  if (last) last.usage = logged(exchange, counts)
  return frames
}

function searchesWeb({ tools }: JsonObject): boolean {
  return listOf(tools).some((tool) => objectOf(tool).type === 'web_search')
}

/** The usage for the log: tokens, and the search of a response that may search. */
function logged({ body }: Exchange, counts: Counts): Usage {
  return { ...usageOf(counts), ...(searchesWeb(body) && { tool_calls: 1 }) }
}
