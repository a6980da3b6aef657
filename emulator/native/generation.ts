import { finalCounts, moments } from '../brain/moments.ts'
import { inputTexts, lastUserText, mediaOf, type Question, type Turn } from '../brain/question.ts'
import { readQuestion, readTurns } from '../brain/read.ts'
import { makeReplies, type Reply } from '../brain/reply.ts'
import { checkStoredMedia, documentsOf } from '../checks/documents.ts'
import { checkJsonMode, checkMultimodalInput, checkTextInput } from '../checks/messages.ts'
import { checkParameters, thinks } from '../checks/parameters.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, nativeFrame } from '../frames.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import {
  draws,
  isEarlyMultimodal,
  recognises,
  repliesInMessages,
  seesPictures,
  speaks,
  streamsDeltas,
} from '../models.ts'
import { invalid, type Problem, problem } from '../problems.ts'
import { type Counts, countInput, type Usage, usageOf } from '../tokens.ts'
import { pictures } from './pictures.ts'
import { recognition } from './recognition.ts'
import { type Layout, outputOf, wholeChoice } from './render.ts'
import { emptied, type Search, searchFor } from './search-info.ts'
import { checkSpeech, speech } from './speech.ts'
import { nativeSteps } from './stream.ts'
import { asksForTask, refuseTask } from './tasks.ts'
import { multimodalUsage, textUsage } from './usage.ts'

/** Everything that is decided about a response before it is formatted. */
interface Plan {
  question: Question
  layout: Layout
  replies: Reply[]
  input: Counts
  search: Search | undefined
}

/** Answers POST /api/v1/services/aigc/text-generation/generation. */
export function textGeneration(exchange: Exchange): EmulatorResponse {
  const { body, model, streams } = exchange
  const input = objectOf(body.input)
  const parameters = objectOf(body.parameters)
  const refusal =
    checkModel(exchange, 'text') ??
    checkTextInput(model, input) ??
    checkParameters(model, parameters, streams)
  if (refusal !== undefined) return refusal
  const messages =
    parameters.result_format === 'message' ||
    (parameters.result_format === undefined && repliesInMessages(model)) ||
    listOf(parameters.tools).length > 0 ||
    thinks(model, parameters)
  return respondIn(exchange, readInput(input), messages ? 'message' : 'text')
}

/** Answers POST /api/v1/services/aigc/multimodal-generation/generation. */
export function multimodalGeneration(exchange: Exchange): EmulatorResponse {
  const { body, model, streams } = exchange
  const input = objectOf(body.input)
  if (speaks(model)) return checkModel(exchange, 'multimodal') ?? checkSpeech(input) ?? speech(exchange)
  if (recognises(model)) return checkModel(exchange, 'multimodal') ?? recognition(exchange)
  if (draws(model)) return checkModel(exchange, 'multimodal') ?? pictures(exchange)
  const refusal =
    checkModel(exchange, 'multimodal') ??
    checkMultimodalInput(input) ??
    checkParameters(model, objectOf(body.parameters), streams)
  if (refusal !== undefined) return refusal
  return respondIn(exchange, readTurns(input.messages), 'multimodal')
}

function checkModel(exchange: Exchange, path: 'text' | 'multimodal'): Problem | undefined {
  const { body, model } = exchange
  if (asksForTask(exchange)) return refuseTask()
  if (body.input === undefined) return problem('BadRequest.EmptyInput')
  // The real service refuses more pairs; only these have been seen often enough to copy.
  return path === 'text' && (seesPictures(model) || speaks(model))
    ? invalid('url error, please check url！')
    : undefined
}

/** The legacy `prompt` is the last user message; `history` contains the earlier ones. */
function readInput(input: JsonObject): Turn[] {
  const said = listOf(input.history).flatMap((value) => {
    const { user, bot } = objectOf(value)
    return readTurns([
      { role: 'user', content: user },
      { role: 'assistant', content: bot },
    ])
  })
  const turns = [...said, ...readTurns(input.messages)]
  return typeof input.prompt === 'string' && turns.every(({ role }) => role !== 'user' || said.length > 0)
    ? [...turns, ...readTurns([{ role: 'user', content: input.prompt }])]
    : turns
}

function respondIn(exchange: Exchange, turns: Turn[], layout: Layout): EmulatorResponse {
  const { account, body, fault, headers, model, requestId, streams } = exchange
  const parameters = objectOf(body.parameters)
  const documents = documentsOf(account, turns)
  if ('kind' in documents) return documents
  const text = turns.map((turn) => turn.text).join('\n')
  const refusal = checkStoredMedia(headers, turns) ?? checkJsonMode(parameters, text)
  if (refusal !== undefined) return refusal
  const question = readQuestion(model, turns, parameters, thinks(model, parameters), documents)
  const plan: Plan = {
    question,
    layout,
    replies: makeReplies(question, fault, requestId),
    input: countInput(inputTexts(turns, parameters.tools), mediaOf(turns)),
    search: searchFor(parameters, lastUserText(turns)),
  }
  return streams ? streamed(exchange, plan) : whole(exchange, plan)
}

function whole({ requestId }: Exchange, plan: Plan): EmulatorResponse {
  const { replies, input, layout, question, search } = plan
  const choices = replies.map((reply, index) => wholeChoice(reply, index, question))
  const counts = finalCounts(replies, input)
  const found = search?.info === undefined ? {} : { search_info: search.info }
  const output = { ...outputOf(layout, choices), ...found }
  return {
    kind: 'json',
    body: { output, usage: usageFor(plan, counts), request_id: requestId },
    usage: logged(plan, counts),
  }
}

function streamed({ body, model, requestId }: Exchange, plan: Plan): EmulatorResponse {
  const { replies, input, layout, question, search } = plan
  const asked = objectOf(body.parameters).incremental_output
  const deltas = typeof asked === 'boolean' ? asked : streamsDeltas(model) || question.thinks
  const endsWithText = layout === 'multimodal' && isEarlyMultimodal(model)
  const steps = nativeSteps(replies, moments(replies, input), input, {
    deltas,
    thinks: question.thinks,
    endsWithText,
  })
  const frames: Frame[] = []
  const add = (data: JsonObject, counts: Counts): void => {
    const text = nativeFrame(frames.length + 1, { ...data, request_id: requestId })
    frames.push({ text, usage: logged(plan, counts) })
  }
  const info = search?.info
  if (info !== undefined && search?.first === true) {
    const nothing = { index: 0, content: '', reasoning: undefined, toolCalls: undefined, finish: 'null' }
    add({ output: { ...outputOf(layout, [nothing]), search_info: info }, usage: {} }, input)
  }
  for (const { choice, counts, own } of steps) {
    const found = info === undefined ? {} : { search_info: frames.length === 0 ? info : emptied(info) }
    add({ output: { ...outputOf(layout, [choice]), ...found }, usage: usageFor(plan, own) }, counts)
  }
  return { kind: 'stream', frames }
}

function usageFor({ layout, question, search }: Plan, counts: Counts): JsonObject {
  return layout === 'multimodal'
    ? multimodalUsage(textOf(question.model), counts, question.thinks)
    : textUsage(counts, question.thinks, search?.strategy)
}

/** The usage for the log: tokens, and the search of a call that searched. */
function logged({ search }: Plan, counts: Counts): Usage {
  return { ...usageOf(counts), ...(search && { tool_calls: 1 }) }
}
