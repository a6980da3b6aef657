import type { Message, Part } from './conversation.ts'
import { wireFormats } from './dialects.ts'
import { missingIn } from './missing.ts'
import { parseMessages } from './parse-messages.ts'
import { at, list, text } from './read.ts'
import { type Dialect, NUMBERS_OF, newSetup, type Setup } from './setup.ts'

/** A request as the playground shows it: the inverse of {@link WireFormat.request}. */
export interface ParsedRequest {
  setup: Setup
  messages: Message[]
  /** Paths of what the playground cannot represent. */
  leftOut: string[]
}

/** Members of a body with the conversation, which is compared by its parts and not as it is. */
const CONVERSATION = ['messages', 'input', 'system', 'instructions']

/** Parses the body of a request; fields that are unknown here are left out and named. */
export function parseRequest(dialect: Dialect, body: unknown, isStream: boolean): ParsedRequest {
  const isNative = dialect === 'native'
  const { model, messages, input, system, instructions } = at(body)
  const { prompt, history, messages: nativeMessages, ...otherInput } = isNative ? at(input) : {}
  const said = [
    { role: 'system', content: system ?? instructions },
    ...list(history).flatMap((each) => [
      { role: 'user', content: at(each).user },
      { role: 'assistant', content: at(each).bot },
    ]),
    ...(typeof input === 'string' ? [{ role: 'user', content: input }] : []),
    ...list(isNative ? nativeMessages : dialect === 'responses' ? input : messages),
    { role: 'user', content: prompt },
  ]
  const spoken = parseMessages(said, (kind) => isSent(dialect, kind))
  const setup = {
    ...settingsIn(dialect, isNative ? at(body, 'parameters') : at(body)),
    models: [text(model)],
    system: spoken.system,
    isStream,
  }
  const { body: rebuilt } = wireFormats[dialect].request(setup, text(model), spoken.messages)
  const defaults = { stream: false, response_format: { type: 'text' } }
  const settings = Object.fromEntries(
    Object.entries(at(body)).filter(([name]) => !CONVERSATION.includes(name)),
  )
  const leftOut = [
    ...missingIn(settings, {
      ...defaults,
      ...rebuilt,
      parameters: { ...defaults, ...at(rebuilt, 'parameters') },
    }),
    ...missingIn(otherInput, {}, 'input'),
    ...spoken.leftOut,
  ]
  return { setup, messages: spoken.messages, leftOut: [...new Set(leftOut)] }
}

/** Whether a dialect of the playground sends a kind of part. */
function isSent(dialect: Dialect, kind: Part['kind']): boolean {
  return kind === 'image' || dialect === 'chat' || dialect === 'native'
}

function settingsIn(dialect: Dialect, parameters: Record<string, unknown>): Setup {
  const named: Record<string, unknown> = { max_tokens: parameters.max_output_tokens, ...parameters }
  const { type, budget_tokens } = at(parameters.thinking)
  const thinking = parameters.enable_thinking ?? { enabled: true, disabled: false }[text(type)]
  const budget = parameters.thinking_budget ?? budget_tokens
  const tools = list(parameters.tools).map((tool) => at(tool))
  const search =
    parameters.enable_search ??
    ((dialect === 'responses' && tools.some((tool) => tool.type === 'web_search')) || undefined)
  const functions = tools.flatMap((tool) => functionIn(dialect, tool))
  const format = at(parameters.response_format)
  const output = format.type === 'json_schema' ? 'schema' : format.type === 'json_object' ? 'json' : 'text'
  const toolChoice = toolChoiceIn(parameters.tool_choice)
  return {
    ...newSetup(),
    dialect,
    numbers: Object.fromEntries(
      NUMBERS_OF[dialect].flatMap((name) => (typeof named[name] === 'number' ? [[name, named[name]]] : [])),
    ),
    ...(typeof thinking === 'boolean' && { thinking }),
    ...(typeof budget === 'number' && { thinkingBudget: budget }),
    ...(typeof search === 'boolean' && { search }),
    output,
    schema: output === 'schema' ? JSON.stringify(at(format, 'json_schema').schema ?? {}, null, 2) : '',
    tools: functions.length > 0 ? JSON.stringify(functions, null, 2) : '',
    ...(toolChoice !== '' && { toolChoice }),
  }
}

/** A tool in the format of OpenAI's chat API. */
function functionIn(dialect: Dialect, tool: Record<string, unknown>): object[] {
  if (dialect === 'chat' || dialect === 'native') return [tool]
  const { type = 'function', name, description, parameters, input_schema, strict } = tool
  if (type !== 'function' && type !== 'custom') return []
  return [
    { type: 'function', function: { name, description, parameters: parameters ?? input_schema, strict } },
  ]
}

/** `auto`, `none`, `required` or the name of a function, from a `tool_choice` of any dialect. */
function toolChoiceIn(choice: unknown): string {
  const { type, name, function: named } = at(choice)
  return text(choice) || text(at(named).name) || text(name) || (type === 'any' ? 'required' : text(type))
}
