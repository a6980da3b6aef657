import type { HookEvent } from './events/event.ts'
import type { HookHistory, HookPrompt, Preset } from './hook-record.ts'
import { render } from './template.ts'

/** A question and its answer in a conversation. */
export interface Turn {
  question: string
  answer: string
}

/** A rendered prompt. */
export interface RenderedPrompt {
  model: string
  system: string
  user: string
  parameters: Readonly<Record<string, unknown>>
  endpoint: Preset['endpoint']
}

/** The paths of the endpoints for prompts. */
export const PROMPT_PATHS: Readonly<Record<Preset['endpoint'], string>> = {
  'chat-completions': '/compatible-mode/v1/chat/completions',
  'text-generation': '/api/v1/services/aigc/text-generation/generation',
  'multimodal-generation': '/api/v1/services/aigc/multimodal-generation/generation',
}

/** Renders a hook's own prompt for an event. */
export function renderPrompt(
  { model, system = '', user, parameters = {} }: HookPrompt,
  event: HookEvent,
): RenderedPrompt {
  return { model, system, user: render(user, { event }), parameters, endpoint: 'chat-completions' }
}

/**
 * Renders a preset: its variables come from a caller, or from the event of a hook. The system text has no variables.
 */
export function renderPreset(preset: Preset, variables: Readonly<Record<string, unknown>>): RenderedPrompt {
  const { model, system, user, parameters, endpoint } = preset
  return { model, system, user: render(user, variables), parameters, endpoint }
}

/** The request body of a prompt, in the dialect of its endpoint. */
export function bodyOf(
  { model, system, user, parameters, endpoint }: RenderedPrompt,
  turns: readonly Turn[],
  images: readonly string[],
  stream = false,
): string {
  const isNative = endpoint !== 'chat-completions'
  const isMultimodal = endpoint === 'multimodal-generation'
  const written = (text: string) => (isMultimodal ? [{ text }] : text)
  const messages = [
    ...(system === '' ? [] : [{ role: 'system', content: written(system) }]),
    ...turns.flatMap(({ question, answer }) => [
      { role: 'user', content: written(question) },
      { role: 'assistant', content: written(answer) },
    ]),
    { role: 'user', content: contentOf(user, images, endpoint) },
  ]
  if (!isNative) return JSON.stringify({ model, messages, ...parameters, ...(stream && { stream }) })
  return JSON.stringify({
    model,
    input: { messages },
    parameters: { result_format: 'message', ...parameters },
  })
}

function contentOf(user: string, images: readonly string[], endpoint: Preset['endpoint']): unknown {
  if (endpoint === 'multimodal-generation')
    return [...images.map((image) => ({ image })), ...(user === '' ? [] : [{ text: user }])]
  if (images.length === 0 || endpoint === 'text-generation') return user
  const pictures = images.map((url) => ({ type: 'image_url', image_url: { url } }))
  return [...pictures, ...(user === '' ? [] : [{ type: 'text', text: user }])]
}

/** The conversation that an event belongs to; undefined if the hook keeps no history. */
export function conversationOf({ turns, per }: HookHistory, event: HookEvent): string | undefined {
  if (turns === 0) return undefined
  if (per === 'user') return `user ${event.chat.id} ${event.user.id}`
  return per === 'thread' && event.thread
    ? `thread ${event.chat.id} ${event.thread}`
    : `chat ${event.chat.id}`
}

/** The text of a model's response in any dialect; undefined for a response without text. */
export function modelTextIn(value: unknown): string | undefined {
  const at = (object: unknown, ...path: (string | number)[]): unknown =>
    path.reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
          ? (inner as Record<string | number, unknown>)[name]
          : undefined,
      object,
    )
  const candidates = [
    at(value, 'choices', 0, 'message', 'content'),
    at(value, 'output', 'choices', 0, 'message', 'content'),
    at(value, 'output', 'text'),
  ]
  for (const candidate of candidates) {
    if (typeof candidate === 'string') return candidate
    if (Array.isArray(candidate)) {
      const texts = candidate.map((part) => at(part, 'text')).filter((text) => typeof text === 'string')
      if (texts.length > 0) return texts.join('')
    }
  }
  return undefined
}
