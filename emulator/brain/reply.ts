import type { Fault } from '../faults.ts'
import { countTokens, cutToTokens } from '../tokens.ts'
import { solve } from './arithmetic.ts'
import { materialOf } from './json-material.ts'
import { fitting } from './json-schema.ts'
import { cutForStream, faultPieces } from './pieces.ts'
import { lastUserText, mediaOf, type Question, type Turn } from './question.ts'
import { type ToolCall, toolCallsFor } from './tools.ts'

/** One choice, independent of the dialect. `pieces` are its text as split for a stream. */
export interface Reply {
  reasoning: string
  text: string
  pieces: string[]
  toolCalls: ToolCall[]
  finish: 'stop' | 'length' | 'tool_calls'
}

/** The length of a document quote in a response, in UTF-16 units. */
const QUOTED_UNITS = 40

/**
 * The `question.count` choices for a question. Deterministic: the same question gets the same response, a different
 * one almost always another.
 */
export function makeReplies(question: Question, fault: Fault | undefined, seed: string): Reply[] {
  const forced = faultPieces(fault)
  if (forced !== undefined) {
    return [{ reasoning: '', text: forced.join(''), pieces: forced, toolCalls: [], finish: 'stop' }]
  }
  return Array.from({ length: question.count }, (_, index) => reply(question, index, seed))
}

function reply(question: Question, index: number, seed: string): Reply {
  const toolCalls = toolCallsFor(question, `${seed}:${index}`)
  const reasoning = question.thinks ? think(question) : ''
  if (toolCalls.length > 0) return { reasoning, text: '', pieces: [], toolCalls, finish: 'tool_calls' }
  return { reasoning, toolCalls, ...limit(say(question, index), reasoning, question) }
}

function think(question: Question): string {
  const thought = `The user wrote "${lastUserText(question.turns)}". I will answer it directly.`
  return question.thinkingBudget === undefined ? thought : cutToTokens(thought, question.thinkingBudget)
}

/** Applies `stop` strings, `max_tokens` (without the chain of thought) and `max_completion_tokens` (with it). */
function limit(
  said: string,
  reasoning: string,
  question: Question,
): Pick<Reply, 'text' | 'pieces' | 'finish'> {
  const ends = question.stops.map((stop) => said.indexOf(stop)).filter((end) => end >= 0)
  const stopped = ends.length === 0 ? said : said.slice(0, Math.min(...ends))
  const completion = question.maxCompletionTokens ?? Number.POSITIVE_INFINITY
  const room = Math.min(
    question.maxTokens ?? Number.POSITIVE_INFINITY,
    Math.max(0, completion - countTokens(reasoning)),
  )
  const text = countTokens(stopped) > room ? cutToTokens(stopped, room) : stopped
  return { text, pieces: cutForStream(text), finish: text === stopped ? 'stop' : 'length' }
}

function say(question: Question, index: number): string {
  const text = index === 0 ? replyText(question) : `${replyText(question)} [answer ${index + 1}]`
  if (!question.wantsJson) return text
  if (question.schema !== undefined) {
    return JSON.stringify(fitting(question.schema, materialOf(question, text)))
  }
  return JSON.stringify({ answer: text, messages: question.turns.length })
}

function replyText(question: Question): string {
  const results = trailingToolResults(question.turns)
  if (results.length > 0) return `The tool said: ${results.join('; ')}`
  const text = lastUserText(question.turns)
  const before = [...shown(question.turns), ...documentsRead(question)]
  const solved = solve(text)
  if (solved !== undefined) return [...before, solved].join(' ')
  if (/你是谁|who are you/i.test(text)) {
    return [...before, `I am ${question.model}, a large language model played by the emulator.`].join(' ')
  }
  return [...before, `You said: ${text} (message count: ${question.turns.length})`].join(' ')
}

function trailingToolResults(turns: readonly Turn[]): string[] {
  const last = turns.findLastIndex((turn) => turn.role !== 'tool')
  return turns.slice(last + 1).map((turn) => turn.text)
}

function shown(turns: readonly Turn[]): string[] {
  const { images, videoFiles, videoFrames, audios } = mediaOf(turns)
  const kinds = [
    counted(images, 'image'),
    videoFrames > 0 ? `a video of ${counted(videoFrames, 'frame')}` : '',
    counted(videoFiles, 'video file'),
    counted(audios, 'audio'),
  ].filter((kind) => kind !== '')
  return kinds.length === 0 ? [] : [`I was shown ${kinds.join(', ')}.`]
}

function counted(count: number, noun: string): string {
  if (count === 0) return ''
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

function documentsRead({ documents }: Question): string[] {
  return documents.map(({ name, bytes, content }) => {
    const beginning = new TextDecoder().decode(content).slice(0, QUOTED_UNITS)
    return `${name} has ${bytes} bytes and begins "${beginning}".`
  })
}
