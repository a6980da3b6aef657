import type { Dialect } from '../../src/errors.ts'
import type { Manner } from './dialects.ts'
import { type Frame, framesOf } from './frames.ts'

/** Tokens as an answer names them. */
export interface Tokens {
  input: number
  output: number
}

/** What a body says to a client of its dialect. */
export type Said =
  | { kind: 'complete'; text: string; tokens: Tokens | undefined }
  /** `text` is what a stream had said before its error event; empty for a plain error. */
  | { kind: 'error'; code: string; message: string; text: string }
  | { kind: 'unreadable'; why: string }

type Json = Record<string, unknown>

/** Reads a body: an error object wherever the status says so, else an answer or a stream of one. */
export function readSaid(status: number, body: string, manner: Manner): Said {
  if (status === 200 && manner.stream) return readStream(body, manner)
  const json = parse(body)
  if (!json) return { kind: 'unreadable', why: 'the body is not a JSON object' }
  const error = errorIn(json, manner.dialect)
  if (error) return { kind: 'error', ...error, text: '' }
  if (status !== 200) return { kind: 'unreadable', why: 'the error has no code and message of its dialect' }
  const tokens = tokensIn(json.usage)
  return {
    kind: 'complete',
    text: wholeText(json, manner.dialect),
    tokens: isWhole(tokens) ? tokens : undefined,
  }
}

/**
 * Reads the whole events of a stream whose connection broke or whose caller left.
 *
 * @returns its text so far; undefined if an event is no part of a response, such as an error.
 */
export function readBegun(body: string, { dialect, isIncremental }: Manner): string | undefined {
  let text = ''
  for (const { data } of framesOf(body)) {
    const json = parse(data)
    if (data === '[DONE]') continue
    if (!json || errorIn(json, dialect)) return undefined
    const step = stepOf(json, dialect)
    text = dialect === 'native' && !isIncremental ? step.text || text : text + step.text
  }
  return text
}

function readStream(body: string, { dialect, isIncremental }: Manner): Said {
  const frames = framesOf(body)
  const last = frames.at(-1)
  const error = last && errorEvent(last, dialect)
  let text = ''
  let isFinished = false
  const tokens: Partial<Tokens> = {}
  for (const { data } of error ? frames.slice(0, -1) : frames) {
    if (isFinished && dialect !== 'compatible')
      return { kind: 'unreadable', why: 'the stream goes on after its end' }
    if (data === '[DONE]') {
      isFinished = true
      continue
    }
    const json = parse(data)
    // What was sent of a frame before the break is no frame.
    if (!json && error) continue
    if (!json) return { kind: 'unreadable', why: `a frame is not JSON: ${data.slice(0, 100)}` }
    if (errorIn(json, dialect)) return { kind: 'unreadable', why: 'the stream goes on after an error' }
    const step = stepOf(json, dialect)
    text = dialect === 'native' && !isIncremental ? step.text || text : text + step.text
    isFinished ||= step.isLast
    Object.assign(tokens, tokensIn(step.usage))
  }
  if (error) return { kind: 'error', ...error, text }
  if (!isFinished) return { kind: 'unreadable', why: 'the stream ends without its end and without an error' }
  return { kind: 'complete', text, tokens: isWhole(tokens) ? tokens : undefined }
}

/** Clients know a native or Anthropic error by its event's name, a compatible one by its data. */
function errorEvent({ event, data }: Frame, dialect: Dialect): { code: string; message: string } | undefined {
  return dialect === 'compatible' || event === 'error' ? errorIn(parse(data), dialect) : undefined
}

/** What one frame adds to the text, its usage, and whether the dialect allows nothing after it. */
function stepOf(json: Json, dialect: Dialect): { text: string; usage: unknown; isLast: boolean } {
  if (dialect === 'native') {
    const [choice] = list(object(json.output).choices)
    const { finish_reason, message } = object(choice)
    return { text: string(object(message).content), usage: json.usage, isLast: finish_reason === 'stop' }
  }
  if (dialect === 'compatible') {
    const delta = object(object(list(json.choices)[0]).delta)
    return { text: string(delta.content), usage: json.usage, isLast: false }
  }
  const { type, delta, message, usage } = json
  return {
    text: string(object(delta).text),
    usage: usage ?? object(message).usage,
    isLast: type === 'message_stop',
  }
}

function wholeText(json: Json, dialect: Dialect): string {
  if (dialect === 'anthropic') {
    return list(json.content)
      .map((part) => string(object(part).text))
      .join('')
  }
  const holder = dialect === 'native' ? object(json.output) : json
  return string(object(object(list(holder.choices)[0]).message).content)
}

/** An error of the dialect: a code (Anthropic: a type) and a message. */
function errorIn(json: Json | undefined, dialect: Dialect): { code: string; message: string } | undefined {
  const error = dialect === 'native' ? json : object(json?.error)
  const code = dialect === 'anthropic' ? error?.type : error?.code
  const message = error?.message
  if (typeof code !== 'string' || typeof message !== 'string' || message === '') return undefined
  return { code, message }
}

/** Anthropic's streams name the input in their first event and the output in the last but one. */
function tokensIn(usage: unknown): Partial<Tokens> {
  const { input_tokens, prompt_tokens, output_tokens, completion_tokens } = object(usage)
  const input = input_tokens ?? prompt_tokens
  const output = output_tokens ?? completion_tokens
  return {
    ...(typeof input === 'number' && { input }),
    ...(typeof output === 'number' && { output }),
  }
}

function isWhole(tokens: Partial<Tokens>): tokens is Tokens {
  return tokens.input !== undefined && tokens.output !== undefined
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

function object(value: unknown): Json {
  return value !== null && typeof value === 'object' ? (value as Json) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
