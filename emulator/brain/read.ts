import type { StoredFile } from '../accounts.ts'
import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../json.ts'
import type { Question, Tool, ToolChoice, Turn } from './question.ts'

/**
 * Parses the content of a message, a string or a list of parts in any dialect. Parts: DashScope
 * `{text|image|video|audio}`, OpenAI `{type,text|image_url|video|video_url|input_audio}`, Responses
 * `{type:input_text|output_text|input_image}`, Anthropic `{type:text|image}`. Unknown parts are ignored.
 */
export function readTurn(role: string, content: unknown): Turn {
  const turn: Turn = {
    role,
    text: '',
    media: { images: 0, videoFiles: 0, videoFrames: 0, audios: 0 },
    addresses: [],
  }
  if (typeof content === 'string') return { ...turn, text: content }
  const texts: string[] = []
  for (const value of listOf(content)) readPart(objectOf(value), turn, texts)
  return { ...turn, text: texts.join('\n') }
}

function readPart(part: JsonObject, turn: Turn, texts: string[]): void {
  if (typeof part.text === 'string') texts.push(part.text)
  const image = part.image ?? part.image_url ?? (part.type === 'image' ? part.source : undefined)
  if (image !== undefined) {
    turn.media.images++
    turn.addresses.push(addressOf(image))
  }
  const video = part.video ?? part.video_url
  if (Array.isArray(video)) {
    turn.media.videoFrames += video.length
    turn.addresses.push(...video.map(addressOf))
  } else if (video !== undefined) {
    turn.media.videoFiles++
    turn.addresses.push(addressOf(video))
  }
  const audio = part.audio ?? part.input_audio
  if (audio !== undefined) {
    turn.media.audios++
    turn.addresses.push(addressOf(audio))
  }
}

function addressOf(value: unknown): string {
  return typeof value === 'string' ? value : textOf(objectOf(value).url ?? objectOf(value).data)
}

/** Parses a list of `{role, content}` messages. */
export function readTurns(messages: unknown): Turn[] {
  return listOf(messages).map((message) => {
    const { role, content } = objectOf(message)
    return readTurn(textOf(role), content)
  })
}

/** Parses a list of tools in any dialect (nested in `function`, flat, or with `input_schema`). */
function readTools(tools: unknown): Tool[] {
  return listOf(tools).map((value) => {
    const tool = objectOf(objectOf(value).function ?? value)
    const schema = objectOf(tool.parameters ?? tool.input_schema)
    return {
      name: textOf(tool.name),
      description: textOf(tool.description),
      parameters: Object.keys(objectOf(schema.properties)),
    }
  })
}

/** Parses a `tool_choice` in any dialect; `auto` by default. */
function readToolChoice(value: unknown): ToolChoice {
  if (value === 'none' || value === 'required') return value
  const choice = objectOf(value)
  if (choice.type === 'none') return 'none'
  if (choice.type === 'any') return 'required'
  const name = textOf(objectOf(choice.function).name) || textOf(choice.name)
  return name === '' ? 'auto' : { name }
}

/** The strings of a `stop` parameter. Lists of token numbers are ignored: the emulator has no such tokens. */
function readStops(value: unknown): string[] {
  return (typeof value === 'string' ? [value] : listOf(value)).filter(
    (stop): stop is string => typeof stop === 'string' && stop !== '',
  )
}

/** Builds the question from a model, a conversation and parameters under their native names. */
export function readQuestion(
  model: string,
  turns: Turn[],
  parameters: JsonObject,
  thinks: boolean,
  documents: StoredFile[],
): Question {
  const wish = objectOf(parameters.response_format)
  const schema = wish.type === 'json_schema' ? objectOf(wish.json_schema).schema : undefined
  return {
    model,
    turns,
    tools: readTools(parameters.tools),
    toolChoice: readToolChoice(parameters.tool_choice),
    thinks,
    thinkingBudget: numberOf(parameters.thinking_budget),
    wantsJson: wish.type === 'json_object' || wish.type === 'json_schema',
    schema: schema === undefined ? undefined : objectOf(schema),
    logprobs: parameters.logprobs === true ? (numberOf(parameters.top_logprobs) ?? 0) : undefined,
    maxTokens: numberOf(parameters.max_tokens),
    maxCompletionTokens: numberOf(parameters.max_completion_tokens),
    stops: readStops(parameters.stop),
    documents,
    count: numberOf(parameters.n) ?? 1,
  }
}
