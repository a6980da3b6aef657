import { errorIn } from '../gateway/failure.ts'
import { fileIdsOf, type Message, type Part } from './conversation.ts'
import { at, list, number, text } from './read.ts'
import { readJson, type Setup, sentNumbers, TOOL_CHOICES } from './setup.ts'
import type { ChoiceDelta, Delta, Usage, WireFormat } from './wire.ts'

/** OpenAI's chat completions, with DashScope's additions. */
export const chat: WireFormat = {
  request: (setup, model, messages) => ({
    path: '/compatible-mode/v1/chat/completions',
    headers: {},
    body: {
      model,
      messages: [
        ...(setup.system ? [{ role: 'system', content: setup.system }] : []),
        ...fileIdsOf(messages).map((id) => ({ role: 'system', content: `fileid://${id}` })),
        ...messages.map(chatMessage),
      ],
      ...(setup.isStream && { stream: true, stream_options: { include_usage: true } }),
      ...sentNumbers(setup),
      ...switchesOf(setup),
      ...toolsOf(setup),
      ...formatOf(setup),
    },
  }),
  event: (data) => {
    if (data === '[DONE]') return { isEnd: true }
    if (at(data).error !== undefined) return { failure: errorIn(data) }
    return deltaOf(data, 'delta')
  },
  whole: (body) => ({ ...deltaOf(body, 'message'), isEnd: true }),
}

/** A message in the format of chat completions and of the native API without media. */
export function chatMessage(message: Message): Record<string, unknown> {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.callId, content: message.text }
  if (message.role === 'assistant') {
    const calls = message.calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    }))
    return { role: 'assistant', content: message.text, ...(calls.length > 0 && { tool_calls: calls }) }
  }
  const [only, ...more] = message.parts.filter(({ kind }) => kind !== 'file')
  if (only?.kind === 'text' && more.length === 0) return { role: 'user', content: only.text }
  return { role: 'user', content: message.parts.flatMap(chatPart) }
}

function chatPart(part: Part): Record<string, unknown>[] {
  if (part.kind === 'text') return [{ type: 'text', text: part.text }]
  if (part.kind === 'image') return [{ type: 'image_url', image_url: { url: part.url } }]
  if (part.kind === 'video') return [{ type: 'video_url', video_url: { url: part.url } }]
  if (part.kind === 'file') return []
  const format = /^(?:data:audio\/(?:x-)?|[^?]*\.)(\w+)/.exec(part.url)?.[1] ?? 'wav'
  return [{ type: 'input_audio', input_audio: { data: part.url, format } }]
}

/** DashScope's switches, the same in chat completions and native parameters. */
export function switchesOf({ thinking, thinkingBudget, search }: Setup): Record<string, unknown> {
  return {
    ...(thinking !== undefined && { enable_thinking: thinking }),
    ...(thinkingBudget !== undefined && { thinking_budget: thinkingBudget }),
    ...(search !== undefined && { enable_search: search }),
  }
}

export function toolsOf({ tools, toolChoice }: Setup): Record<string, unknown> {
  const { value } = readJson(tools)
  if (list(value).length === 0) return {}
  return { tools: value, ...toolChoiceOf(toolChoice, (name) => ({ type: 'function', function: { name } })) }
}

/** The choice of tools; dialects differ in how they name a function. */
export function toolChoiceOf(choice: string | undefined, ofFunction: (name: string) => object): object {
  if (choice === undefined) return {}
  return { tool_choice: TOOL_CHOICES.includes(choice) ? choice : ofFunction(choice) }
}

export function formatOf({ output, schema }: Setup): Record<string, unknown> {
  if (output === 'text') return {}
  if (output === 'json') return { response_format: { type: 'json_object' } }
  const { value } = readJson(schema)
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: value ?? {} },
    },
  }
}

function deltaOf(body: unknown, member: 'delta' | 'message'): Delta {
  const { choices, usage } = at(body)
  const all = list(choices).map((choice, position) => choiceDelta(choice, member, position))
  return { choices: usage ? [...all, { usage: usageOf(usage) }] : all }
}

/** The increment of a choice; the same in the native API. */
export function choiceDelta(choice: unknown, member: 'delta' | 'message', position: number): ChoiceDelta {
  const message = at(choice, member)
  const { content } = message
  const parts =
    typeof content === 'string'
      ? content
      : list(content)
          .map((part) => text(at(part).text))
          .join('')
  const calls = list(message.tool_calls).map((call, position) => {
    const { id } = at(call)
    const { name, arguments: args } = at(call, 'function')
    return {
      index: indexOf(call, position),
      ...(text(id) && { id: text(id) }),
      ...(text(name) && { name: text(name) }),
      arguments: text(args),
    }
  })
  return {
    index: indexOf(choice, position),
    ...(parts && { text: parts }),
    ...(text(message.reasoning_content) && { thinking: text(message.reasoning_content) }),
    ...(calls.length > 0 && { calls }),
  }
}

function indexOf(value: unknown, position: number): number {
  const { index } = at(value)
  return typeof index === 'number' ? index : position
}

/** Tokens under the member names of any dialect. */
export function usageOf(usage: unknown): Usage {
  const of = at(usage)
  return {
    input: number(of.prompt_tokens ?? of.input_tokens),
    output: number(of.completion_tokens ?? of.output_tokens),
    cached: number(
      at(usage, 'prompt_tokens_details').cached_tokens ??
        at(usage, 'input_tokens_details').cached_tokens ??
        of.cache_read_input_tokens,
    ),
    reasoning: number(
      at(usage, 'completion_tokens_details').reasoning_tokens ??
        at(usage, 'output_tokens_details').reasoning_tokens,
    ),
  }
}
