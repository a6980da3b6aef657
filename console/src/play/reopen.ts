import type { RequestRow } from '../gateway/shapes.ts'
import type { Message } from './conversation.ts'
import { parseRequest } from './parse-request.ts'
import { pastReply } from './reply.ts'
import { type Dialect, readJson } from './setup.ts'
import { clearThread, history, leftOut, setup, type Turn, thread } from './thread.ts'

/** The dialects of the endpoints whose requests are conversations. */
const DIALECT_OF: Readonly<Record<string, Dialect>> = {
  'chat-completions': 'chat',
  'text-generation': 'native',
  'multimodal-generation': 'native',
  'anthropic-messages': 'anthropic',
  responses: 'responses',
}

/** Whether the gateway keeps the whole body of a request that the playground can open. */
export function canReopen({ endpoint = '', body }: RequestRow): boolean {
  return body !== undefined && !body.cut && DIALECT_OF[endpoint] !== undefined
}

/** Opens a logged request in the playground: its settings, its conversation, and the response. */
export async function reopen({ endpoint = '', answer, stream, body }: RequestRow): Promise<void> {
  const { value } = readJson(body?.text ?? '')
  const opened = parseRequest(DIALECT_OF[endpoint] ?? 'chat', value, stream === true)
  const turns: Turn[] = []
  let sent: Message[] = []
  const add = async (response: Response | undefined, said?: Message) => {
    const [model = ''] = opened.setup.models
    const order = { setup: opened.setup, model, messages: [...history(turns, 0), ...sent], key: '' }
    const past = await pastReply(order, response)
    const [choice] = past.choices.peek()
    if (choice && said?.role === 'assistant') {
      choice.text.value = said.text
      choice.thinking.value = said.thinking
      choice.calls.value = said.calls
    }
    turns.push({ sent, replies: [past] })
    sent = []
  }
  for (const message of opened.messages) {
    if (message.role === 'assistant') await add(undefined, message)
    else sent.push(message)
  }
  // A stream whose response is one object came from the cache.
  const isEvents = stream === true && !answer?.text.startsWith('{')
  const headers = { 'content-type': isEvents ? 'text/event-stream' : 'application/json' }
  if (answer || sent.length > 0) await add(answer && new Response(answer.text, { headers }))
  clearThread()
  leftOut.value = opened.leftOut
  setup.value = opened.setup
  thread.value = turns
}
