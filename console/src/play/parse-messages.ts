import type { Message, Part, ToolCall } from './conversation.ts'
import { missingIn } from './missing.ts'
import { isText, mediaIn, textIn } from './parse-part.ts'
import { at, list, text } from './read.ts'

/** A conversation as the playground keeps it. */
export interface ParsedMessages {
  system: string
  messages: Message[]
  /** Paths of what the playground cannot represent. */
  leftOut: string[]
}

/** Members of messages, parts, tool calls and media in all dialects; others are left out. */
const MESSAGE_FIELDS = [
  'role', 'content', 'type', 'id', 'status', 'tool_calls', 'tool_call_id', 'reasoning_content', 'call_id',
  'arguments', 'output', 'summary', 'encrypted_content',
] // biome-ignore format: a list of names
const MEDIA_FIELDS = ['image', 'audio', 'video', 'image_url', 'video_url', 'input_audio', 'source']
const PART_FIELDS = [
  ...MEDIA_FIELDS, 'type', 'text', 'id', 'name', 'input', 'tool_use_id', 'content', 'thinking', 'signature',
] // biome-ignore format: a list of names
const CALL_FIELDS = ['id', 'type', 'index', 'function']
const SOURCE_FIELDS = ['type', 'url', 'data', 'format', 'media_type']

/** A document in a system message (DashScope's page about Qwen-Long). */
const FILE_ID = /^fileid:\/\//

/**
 * Parses the messages of any dialect.
 *
 * @param isSent whether the dialect sends a kind of part from the playground.
 */
export function parseMessages(
  items: readonly unknown[],
  isSent: (kind: Part['kind']) => boolean,
): ParsedMessages {
  const messages: Message[] = []
  const leftOut: string[] = []
  const system: string[] = []
  let files: Part[] = []
  const names = new Map<string, string>()

  const note = (value: unknown, known: readonly string[], path: string) => {
    for (const [name, inner] of Object.entries(at(value))) {
      if (!known.includes(name)) leftOut.push(...missingIn(inner, undefined, `${path}.${name}`))
    }
  }
  const noteBlock = (block: unknown) => {
    note(block, PART_FIELDS, 'messages[].content[]')
    for (const name of MEDIA_FIELDS) {
      const media = at(block)[name]
      if (!Array.isArray(media)) note(media, SOURCE_FIELDS, `messages[].content[].${name}`)
    }
  }
  const refuse = (block: unknown) => {
    const kind = text(at(block).type) || Object.keys(at(block))[0]
    if (!isText(block)) leftOut.push(`messages[].content[].${kind}`)
  }
  const addTool = (callId: unknown, output: unknown) => {
    list(output).forEach(refuse)
    const id = text(callId)
    messages.push({ role: 'tool', callId: id, name: names.get(id) ?? '', text: textIn(output) })
  }
  const addAssistant = (said: string, thinking: string, calls: ToolCall[]) => {
    for (const { id, name } of calls) names.set(id, name)
    const last = messages.at(-1)
    if (last?.role === 'assistant') {
      last.text += said
      last.thinking += thinking
      last.calls.push(...calls)
    } else if (said || thinking || calls.length > 0) {
      messages.push({ role: 'assistant', text: said, thinking, calls })
    }
  }
  const addUser = (blocks: readonly unknown[]) => {
    const parts: Part[] = []
    for (const block of blocks) {
      const { type, tool_use_id, content } = at(block)
      const said = textIn([block])
      const media = mediaIn(at(block))
      if (type === 'tool_result') addTool(tool_use_id, content)
      else if (said) parts.push({ kind: 'text', text: said })
      else if (media && isSent(media.kind)) parts.push(media)
      else refuse(block)
    }
    if (parts.length === 0) return
    messages.push({ role: 'user', parts: [...files, ...parts] })
    files = []
  }

  for (const item of items) {
    const { role, type, content, call_id, name, arguments: args, ...message } = at(item)
    const isTool = role === 'tool' || type === 'function_call_output'
    note(
      item,
      isTool || type === 'function_call' ? [...MESSAGE_FIELDS, 'name'] : MESSAGE_FIELDS,
      'messages[]',
    )
    const blocks = typeof content === 'string' ? [content] : list(content)
    blocks.forEach(noteBlock)
    if (isTool) addTool(message.tool_call_id ?? call_id, content ?? message.output)
    else if (type === 'function_call') addAssistant('', '', [callIn(call_id, name, args)])
    else if (role === 'system' || role === 'developer') {
      blocks.forEach(refuse)
      const said = textIn(content)
      if (FILE_ID.test(said)) files.push(...said.split(',').map(filePart))
      else if (said) system.push(said)
    } else if (role === 'assistant' || type === 'reasoning') {
      const calls = list(message.tool_calls).map((call) => {
        note(call, CALL_FIELDS, 'messages[].tool_calls[]')
        const called = at(call, 'function')
        return callIn(at(call).id, called.name, called.arguments)
      })
      const thought: string[] = []
      for (const block of blocks) {
        const { type, thinking, id, name, input } = at(block)
        if (type === 'tool_use') calls.push(callIn(id, name, JSON.stringify(input)))
        else if (type === 'thinking') thought.push(text(thinking))
        else refuse(block)
      }
      const thinking = text(message.reasoning_content) || textIn(message.summary) || thought.join('')
      addAssistant(blocks.map((block) => textIn([block])).join(''), thinking, calls)
    } else addUser(blocks)
  }
  return { system: system.join('\n'), messages, leftOut }
}

function callIn(id: unknown, name: unknown, args: unknown): ToolCall {
  return { id: text(id), name: text(name), arguments: text(args) }
}

function filePart(address: string): Part {
  const fileId = address.trim().replace(FILE_ID, '')
  return { kind: 'file', name: fileId, fileId }
}
