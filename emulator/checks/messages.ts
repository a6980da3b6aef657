import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { invalid, type Problem } from '../problems.ts'

const ROLES = ['user', 'assistant', 'system', 'function', 'plugin', 'tool']
const LAST_ROLES = ['user', 'function', 'tool']
const ROLE_MESSAGE =
  'Role must be in ["user","assistant","system","function","plugin","tool"] and the role in last message must be in ["user","function","tool"]'
const MODALITIES = [
  'text',
  'image',
  'video',
  'audio',
  'doc_url',
  'type',
  'image_url',
  'video_url',
  'input_audio',
]

/** The first problem of an `input` for the text path, if any. */
export function checkTextInput(model: string, input: JsonObject): Problem | undefined {
  if (input.messages === undefined && input.prompt === undefined) {
    return invalid('Either "prompt" or "messages" must exist and cannot both be none')
  }
  if (input.messages === undefined) return undefined
  return checkMessages(input.messages) ?? checkTextContents(model, input.messages)
}

/** The first problem of an `input` for the multimodal path, if any. */
export function checkMultimodalInput(input: JsonObject): Problem | undefined {
  if (input.messages === undefined) {
    return invalid('Either "prompt" or "messages" must exist and cannot both be none')
  }
  const strange = listOf(input.messages)
    .flatMap((message) => listOf(objectOf(message).content))
    .some((part) => !Object.keys(objectOf(part)).some((key) => MODALITIES.includes(key)))
  return (
    checkMessages(input.messages) ??
    (strange ? invalid('The item of content should be a message of a certain modal.') : undefined)
  )
}

/** The first problem of a list of messages: roles, missing contents or the order of tool messages. */
export function checkMessages(messages: unknown): Problem | undefined {
  const list = listOf(messages).map(objectOf)
  // The response recorded in 2024 for an empty list.
  if (list.length === 0) {
    return invalid('Role must be user or assistant and Content length must be greater than 0')
  }
  const last = list.at(-1)
  const lastRole = textOf(last?.role)
  const continues = lastRole === 'assistant' && last?.partial === true
  if (!list.every(({ role }) => ROLES.includes(textOf(role)))) return invalid(ROLE_MESSAGE)
  if (!LAST_ROLES.includes(lastRole) && !continues) return invalid(ROLE_MESSAGE)
  const empty = list.find(({ content, tool_calls: calls }) => content === undefined && calls === undefined)
  if (empty !== undefined) return invalid('The content field is a required field.')
  return checkToolOrder(list)
}

function checkToolOrder(list: JsonObject[]): Problem | undefined {
  for (const [index, { role }] of list.entries()) {
    const before = list[index - 1]
    const followsCall = before?.role === 'tool' || listOf(before?.tool_calls).length > 0
    if (role === 'tool' && !followsCall) {
      return invalid('messages with role "tool" must be a response to a preceeding message with "tool_calls"')
    }
  }
  return undefined
}

/** Text models accept lists only for explicit caching and documents. */
function checkTextContents(model: string, messages: unknown): Problem | undefined {
  if (model.startsWith('qwen-doc')) return undefined
  const refused = listOf(messages).some((message) => {
    const { content } = objectOf(message)
    return Array.isArray(content) && !content.some((part) => objectOf(part).cache_control !== undefined)
  })
  return refused ? invalid('input content must be a string.') : undefined
}

/**
 * The problem for an invalid `response_format`, or for JSON mode without a schema if no message contains the word.
 * Messages: DashScope's error page.
 */
export function checkJsonMode(parameters: JsonObject, text: string): Problem | undefined {
  const format = parameters.response_format
  if (format === undefined || format === null) return undefined
  const type = textOf(objectOf(format).type)
  if (!['text', 'json_object', 'json_schema'].includes(type)) {
    return invalid(
      `Unknown format of response_format, response_format should be a dict, includes 'type' and an optional key 'json_schema'. The response_format type from user is ${type || String(format)}.`,
    )
  }
  return type === 'json_object' && !/json/i.test(text)
    ? invalid(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      )
    : undefined
}
