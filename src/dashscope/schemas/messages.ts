import * as z from 'zod/mini'

/** One part of a content: the modalities the API reference names; other keys pass, new ones appear monthly. */
const media = z.nullish(z.union([z.string(), z.array(z.unknown())]))
const part = z.looseObject({ text: z.nullish(z.string()), image: media, video: media, audio: media })

/** The roles DashScope's own refusal lists; `function` and `plugin` are old and still taken. */
const role = z.enum(['system', 'user', 'assistant', 'tool', 'function', 'plugin'])

/** `content` is text, or parts: multimodal models, explicit caching, `qwen-doc-turbo`. */
const content = z.nullish(z.union([z.string(), z.array(part)]))

/**
 * A message of a native request, for text and multimodal models alike: which of them takes parts is for DashScope
 * to say. A missing `content` is refused ("The content field is a required field.", error page) but where tool calls
 * stand in its place; null passes, because nothing shows that it is always refused.
 */
export const message = z.looseObject({ role, content }).check(
  z.refine((candidate) => candidate.content !== undefined || mayLackContent(candidate), {
    path: ['content'],
    error: 'a string or an array; only an assistant message with "tool_calls" may go without',
    abort: true,
  }),
)

function mayLackContent(candidate: { role: string; tool_calls?: unknown }): boolean {
  if (candidate.role === 'assistant')
    return candidate.tool_calls !== undefined && candidate.tool_calls !== null
  // No document says what the two old roles carry.
  return candidate.role === 'function' || candidate.role === 'plugin'
}
