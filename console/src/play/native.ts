import { errorIn } from '../gateway/failure.ts'
import { chatMessage, choiceDelta, formatOf, switchesOf, toolsOf, usageOf } from './chat.ts'
import { fileIdsOf, hasMedia, type Message } from './conversation.ts'
import { at, list, text } from './read.ts'
import { sentNumbers } from './setup.ts'
import type { Delta, Source, WireFormat } from './wire.ts'

const TEXT_PATH = '/api/v1/services/aigc/text-generation/generation'
const MULTIMODAL_PATH = '/api/v1/services/aigc/multimodal-generation/generation'

/** Models with image or audio input use the multimodal endpoint, even for text messages. */
const MULTIMODAL_MODEL = /-vl|-omni|-audio|^qvq|-ocr|-asr/

/** DashScope's own generation API. */
export const native: WireFormat = {
  request: (setup, model, messages) => {
    const isMultimodal = hasMedia(messages) || MULTIMODAL_MODEL.test(model)
    const system = [setup.system, ...fileIdsOf(messages).map((id) => `fileid://${id}`)].filter(Boolean)
    return {
      path: isMultimodal ? MULTIMODAL_PATH : TEXT_PATH,
      headers: setup.isStream ? { 'X-DashScope-SSE': 'enable' } : {},
      body: {
        model,
        input: {
          messages: [
            ...system.map((content) => ({
              role: 'system',
              content: isMultimodal ? [{ text: content }] : content,
            })),
            ...messages.map(isMultimodal ? mediaMessage : chatMessage),
          ],
        },
        parameters: {
          result_format: 'message',
          ...(setup.isStream && { incremental_output: true }),
          ...sentNumbers(setup),
          ...switchesOf(setup),
          ...(setup.search && { search_options: { enable_source: true } }),
          ...toolsOf(setup),
          ...formatOf(setup),
        },
      },
    }
  },
  event: (data, event) => {
    if (event === 'error' || (at(data).code && at(data).output === undefined))
      return { failure: errorIn(data) }
    return read(data)
  },
  whole: (body) => ({ ...read(body), isEnd: true }),
}

function mediaMessage(message: Message): Record<string, unknown> {
  if (message.role !== 'user') {
    const { content, ...rest } = chatMessage(message)
    return { ...rest, content: [{ text: text(content) }] }
  }
  const content = message.parts.flatMap((part) => {
    if (part.kind === 'text') return [{ text: part.text }]
    return part.kind === 'file' ? [] : [{ [part.kind]: part.url }]
  })
  return { role: 'user', content }
}

function read(body: unknown): Delta {
  const { usage } = at(body)
  const choices = list(at(body, 'output').choices).map((choice, position) => {
    const finish = text(at(choice).finish_reason)
    return {
      ...choiceDelta(choice, 'message', position),
      ...(finish !== '' && finish !== 'null' && { isEnd: true }),
    }
  })
  const sources: Source[] = list(at(body, 'output', 'search_info').search_results).map((found) => ({
    title: text(at(found).title),
    url: text(at(found).url),
  }))
  return {
    choices: usage ? [{ ...choices[0], usage: usageOf(usage) }, ...choices.slice(1)] : choices,
    ...(sources.length > 0 && { sources }),
  }
}
