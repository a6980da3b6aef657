import { errorIn } from '../gateway/failure.ts'
import { usageOf } from './chat.ts'
import type { Message, Part } from './conversation.ts'
import { at, list, number, text } from './read.ts'
import { readJson, type Setup, sentNumbers, TOOL_CHOICES } from './setup.ts'
import { type ChoiceDelta, onlyChoice, type WireFormat } from './wire.ts'

/** The API requires the field. */
const DEFAULT_MAX_TOKENS = 4096

/** Anthropic's messages. */
export const anthropic: WireFormat = {
  request: (setup, model, messages) => ({
    path: '/apps/anthropic/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: {
      model,
      max_tokens: DEFAULT_MAX_TOKENS,
      ...sentNumbers(setup),
      ...(setup.system && { system: setup.system }),
      messages: messages.map(wireMessage),
      ...(setup.isStream && { stream: true }),
      ...thinkingOf(setup),
      ...toolsOf(setup),
    },
  }),
  event: (data) => {
    const { type } = at(data)
    if (type === 'error') return { failure: errorIn(data) }
    if (type === 'message_stop') return { isEnd: true }
    if (type === 'message_start') return onlyChoice({ usage: usageOf(at(data, 'message').usage) })
    if (type === 'message_delta') return onlyChoice({ usage: usageOf(at(data).usage) })
    const index = number(at(data).index)
    if (type === 'content_block_start') return onlyChoice(blockOf(at(data, 'content_block'), index))
    if (type !== 'content_block_delta') return {}
    const delta = at(data, 'delta')
    return onlyChoice({
      ...spokenIn(delta),
      ...(text(delta.partial_json) && { calls: [{ index, arguments: text(delta.partial_json) }] }),
    })
  },
  whole: (body) => {
    const blocks = list(at(body).content).map((block, index) => blockOf(at(block), index))
    const joined = (of: (block: ChoiceDelta) => string | undefined) =>
      blocks.map((block) => of(block) ?? '').join('')
    const choice = {
      text: joined((block) => block.text),
      thinking: joined((block) => block.thinking),
      calls: blocks.flatMap((block) => block.calls ?? []),
      usage: usageOf(at(body).usage),
    }
    return { ...onlyChoice(choice), isEnd: true }
  },
}

function blockOf(block: Record<string, unknown>, index: number): ChoiceDelta {
  if (block.type === 'tool_use') {
    const input = at(block.input)
    const args = Object.keys(input).length > 0 ? JSON.stringify(input) : ''
    return { calls: [{ index, id: text(block.id), name: text(block.name), arguments: args }] }
  }
  return spokenIn(block)
}

function spokenIn(block: Record<string, unknown>): ChoiceDelta {
  return { text: text(block.text), thinking: text(block.thinking) }
}

function wireMessage(message: Message): Record<string, unknown> {
  if (message.role === 'user') return { role: 'user', content: message.parts.flatMap(wirePart) }
  if (message.role === 'tool') {
    return {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: message.callId, content: message.text }],
    }
  }
  const calls = message.calls.map(({ id, name, arguments: args }) => ({
    type: 'tool_use',
    id,
    name,
    input: readJson(args).value ?? {},
  }))
  return {
    role: 'assistant',
    content: [...(message.text ? [{ type: 'text', text: message.text }] : []), ...calls],
  }
}

function wirePart(part: Part): Record<string, unknown>[] {
  if (part.kind === 'text') return [{ type: 'text', text: part.text }]
  if (part.kind !== 'image') return []
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/s.exec(part.url) ?? []
  const source =
    data === undefined ? { type: 'url', url: part.url } : { type: 'base64', media_type: mediaType, data }
  return [{ type: 'image', source }]
}

function thinkingOf({ thinking, thinkingBudget }: Setup): Record<string, unknown> {
  if (thinking === undefined) return {}
  if (!thinking) return { thinking: { type: 'disabled' } }
  return {
    thinking: { type: 'enabled', ...(thinkingBudget !== undefined && { budget_tokens: thinkingBudget }) },
  }
}

function toolsOf({ tools, toolChoice }: Setup): Record<string, unknown> {
  const { value } = readJson(tools)
  const own = list(value).map((tool) => {
    const { name, description, parameters } = at(tool, 'function')
    return { name, description, input_schema: parameters ?? { type: 'object' } }
  })
  if (own.length === 0) return {}
  return { tools: own, ...(toolChoice !== undefined && { tool_choice: choiceOf(toolChoice) }) }
}

function choiceOf(choice: string): object {
  if (!TOOL_CHOICES.includes(choice)) return { type: 'tool', name: choice }
  return { type: choice === 'required' ? 'any' : choice }
}
