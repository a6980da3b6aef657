import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'

/** How a stream of 5 tokens in and 3 tokens out is asked for and told in one dialect. */
export interface Dialect {
  dialect: string
  path: string
  headers: Record<string, string>
  body: (model: string) => object
  frames: string[]
}

/** A native frame, with what was used so far. */
export function nativeFrame(content: string, output: number): string {
  const usage = { total_tokens: 5 + output, output_tokens: output, input_tokens: 5 }
  const choices = [{ message: { content, role: 'assistant' }, finish_reason: 'null' }]
  const data = JSON.stringify({ output: { choices }, usage, request_id: 'r' })
  return `id:${output}\nevent:result\n:HTTP_STATUS/200\ndata:${data}\n\n`
}

export const NATIVE: Dialect = {
  dialect: 'native',
  path: TEXT,
  headers: SSE,
  body: (model) => nativeBody(model, 'hello', { incremental_output: true }),
  frames: ['你好', '世界', '😀 done'].map((text, index) => nativeFrame(text, index + 1)),
}

export const COMPATIBLE: Dialect = {
  dialect: 'compatible',
  path: CHAT,
  headers: {},
  body: (model) => chatBody(model, 'hello', { stream: true, stream_options: { include_usage: true } }),
  frames: [
    ...['你好', '世界'].map(
      (content) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}],"usage":null}\n\n`,
    ),
    'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}\n\n',
    'data: [DONE]\n\n',
  ],
}

export const ANTHROPIC: Dialect = {
  dialect: 'anthropic',
  path: MESSAGES,
  headers: {},
  body: (model) => messagesBody(model, 'hello', { stream: true }),
  frames: [
    'event: message_start\ndata: {"type":"message_start","message":{"content":[],"usage":{"input_tokens":5,"output_tokens":0}}}\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"你好"}}\n\n',
    'event: message_delta\ndata: {"type":"message_delta","delta":{},"usage":{"output_tokens":3}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ],
}

export const DIALECTS = [NATIVE, COMPATIBLE, ANTHROPIC]
