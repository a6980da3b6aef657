import type { RequestRow } from '../gateway/shapes.ts'
import { pastAnswer } from './answer.ts'
import type { Message } from './conversation.ts'
import { at, list, text } from './read.ts'
import { type Dialect, NUMBERS, newSetup, readJson, type Setup } from './setup.ts'
import { clearThread, setup, type Turn, thread } from './thread.ts'

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

/**
 * Opens a logged request in the playground: its settings, the texts of its messages, and the response. Pictures and tool
 * calls stay in the log.
 */
export async function reopen(row: RequestRow): Promise<void> {
  const { endpoint = '', answer, stream } = row
  const dialect = DIALECT_OF[endpoint] ?? 'chat'
  const { value: body } = readJson(row.body?.text ?? '')
  const { system, messages } = spokenIn(dialect, body)
  const parameters = dialect === 'native' ? at(body, 'parameters') : at(body)
  const numbers = NUMBERS.flatMap((name) =>
    typeof parameters[name] === 'number' ? [[name, parameters[name]]] : [],
  )
  const model = text(at(body).model)
  const opened: Setup = {
    ...newSetup(),
    dialect,
    models: [model],
    system,
    isStream: stream === true,
    numbers: Object.fromEntries(numbers),
  }
  const responseOf = (kept: string, isStream = false) =>
    new Response(kept, { headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' } })
  const turns: Turn[] = []
  let sent: Message[] = []
  const add = async (response: Response | undefined, said = '') => {
    const past = await pastAnswer({ setup: opened, model, messages: sent, key: '' }, response)
    if (said && past.choices.value[0]) past.choices.value[0].text.value = said
    turns.push({ sent, answers: [past] })
    sent = []
  }
  for (const { role, said } of messages) {
    if (role === 'assistant') await add(undefined, said)
    else sent.push({ role: 'user', parts: [{ kind: 'text', text: said }] })
  }
  if (sent.length > 0) {
    // A stream whose response is one object came from the cache.
    const isEvents = stream === true && !answer?.text.startsWith('{')
    await add(answer && responseOf(answer.text, isEvents))
  }
  clearThread()
  setup.value = opened
  thread.value = turns
}

/** The system message and the texts of a body. */
function spokenIn(dialect: Dialect, body: unknown) {
  const { messages, input, system, instructions } = at(body)
  const source = dialect === 'native' ? at(input).messages : dialect === 'responses' ? input : messages
  const items = typeof source === 'string' ? [{ role: 'user', content: source }] : list(source)
  const all = items.map((item) => ({ role: text(at(item).role), said: textIn(at(item).content) }))
  const isSystem = ({ role }: { role: string }) => role === 'system' || role === 'developer'
  const rules = [textIn(system), text(instructions), ...all.filter(isSystem).map(({ said }) => said)]
  return {
    system: rules.filter(Boolean).join('\n'),
    messages: all.filter((each) => !isSystem(each) && each.said !== ''),
  }
}

function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = list(content).map((part) => text(at(part).text))
  return parts.filter(Boolean).join('\n')
}
