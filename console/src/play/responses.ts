import { errorIn } from '../gateway/failure.ts'
import { switchesOf, toolChoiceOf, usageOf } from './chat.ts'
import { fileIdsOf, type Message, type Part } from './conversation.ts'
import { at, list, number, text } from './read.ts'
import { readJson, type Setup, sentNumbers } from './setup.ts'
import { onlyChoice, type WireFormat } from './wire.ts'

/** OpenAI's responses. */
export const responses: WireFormat = {
  request: (setup, model, messages) => {
    const { max_tokens, ...numbers } = sentNumbers(setup)
    return {
      path: '/compatible-mode/v1/responses',
      headers: {},
      body: {
        model,
        input: [
          ...fileIdsOf(messages).map((id) => ({ role: 'system', content: `fileid://${id}` })),
          ...messages.flatMap(wireItems),
        ],
        ...(setup.system && { instructions: setup.system }),
        ...(setup.isStream && { stream: true }),
        ...numbers,
        ...(max_tokens !== undefined && { max_output_tokens: max_tokens }),
        ...thinkingOf(setup),
        ...toolsOf(setup),
      },
    }
  },
  event: (data, event) => {
    const { type = event, delta, output_index, item } = at(data)
    const index = number(output_index)
    if (type === 'error' || type === 'response.failed') {
      const { code, message } = errorIn(data)
      return { failure: message ? { code, message } : errorIn(at(data, 'response')) }
    }
    if (type === 'response.output_text.delta') return onlyChoice({ text: text(delta) })
    if (type === 'response.reasoning_summary_text.delta' || type === 'response.reasoning_text.delta') {
      return onlyChoice({ thinking: text(delta) })
    }
    if (type === 'response.function_call_arguments.delta')
      return onlyChoice({ calls: [{ index, arguments: text(delta) }] })
    if (type === 'response.output_item.added' && at(item).type === 'function_call') {
      return onlyChoice({ calls: [{ index, id: text(at(item).call_id), name: text(at(item).name) }] })
    }
    if (type === 'response.completed' || type === 'response.incomplete') {
      return { ...onlyChoice({ usage: usageOf(at(data, 'response').usage) }), isEnd: true }
    }
    return {}
  },
  whole: (body) => {
    const items = list(at(body).output).map((item) => at(item))
    const said = (type: string, member: string) =>
      items
        .filter((item) => item.type === type)
        .flatMap((item) => list(item[member]))
        .map((part) => text(at(part).text))
        .join('')
    const calls = items.flatMap((item, index) =>
      item.type === 'function_call'
        ? [{ index, id: text(item.call_id), name: text(item.name), arguments: text(item.arguments) }]
        : [],
    )
    const choice = { text: said('message', 'content'), thinking: said('reasoning', 'summary'), calls }
    return { ...onlyChoice({ ...choice, usage: usageOf(at(body).usage) }), isEnd: true }
  },
}

function wireItems(message: Message): Record<string, unknown>[] {
  if (message.role === 'user') return [{ role: 'user', content: message.parts.flatMap(wirePart) }]
  if (message.role === 'tool') {
    return [{ type: 'function_call_output', call_id: message.callId, output: message.text }]
  }
  const calls = message.calls.map(({ id, name, arguments: args }) => ({
    type: 'function_call',
    call_id: id,
    name,
    arguments: args,
  }))
  return [...(message.text ? [{ role: 'assistant', content: message.text }] : []), ...calls]
}

function wirePart(part: Part): Record<string, unknown>[] {
  if (part.kind === 'text') return [{ type: 'input_text', text: part.text }]
  return part.kind === 'image' ? [{ type: 'input_image', image_url: part.url }] : []
}

function thinkingOf(setup: Setup): Record<string, unknown> {
  const { enable_thinking } = switchesOf(setup)
  return enable_thinking === undefined ? {} : { enable_thinking }
}

function toolsOf({ tools, search, toolChoice }: Setup): Record<string, unknown> {
  const functions = list(readJson(tools).value).map((tool) => ({ type: 'function', ...at(tool, 'function') }))
  const all = [...functions, ...(search ? [{ type: 'web_search' }] : [])]
  if (all.length === 0) return {}
  return { tools: all, ...toolChoiceOf(toolChoice, (name) => ({ type: 'function', name })) }
}
