import * as z from 'zod/mini'
import { rule } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'

/** What a part may carry beside `text`: an address, a data URL, or for `video` a list of frames. */
const MEDIA = ['image', 'video', 'audio'] as const

/** Written out by hand: an optional union for each of the media takes a multimodal body half as much time again. */
const mediaAreAddresses: z.core.CheckFn<Record<string, unknown>> = ({ value, issues }) => {
  for (const key of MEDIA) {
    const medium = value[key] ?? ''
    if (typeof medium === 'string' || Array.isArray(medium)) continue
    issues.push({
      code: 'custom',
      path: [key],
      input: medium,
      message: 'a string or an array',
      continue: false,
    })
  }
}

/** One part of a content. Keys that are not known pass: new ones appear monthly. */
const part = openObject({}, { text: z.string() }).check(mediaAreAddresses)

/** The roles DashScope's own refusal lists; `function` and `plugin` are old and still taken. */
const role = z.enum(['system', 'user', 'assistant', 'tool', 'function', 'plugin'])

/** `content` is text, or parts: multimodal models, explicit caching, `qwen-doc-turbo`. */
const content = z.union([z.string(), z.array(part)])

/**
 * A message of a native request, for text and multimodal models alike: which of them takes parts is for DashScope
 * to say. A missing `content` is refused ("The content field is a required field.", error page) but where tool calls
 * stand in its place; null passes, because nothing shows that it is always refused.
 */
export const message = openObject({ role }, { content }).check(
  rule(
    (candidate) => candidate.content !== undefined || mayLackContent(candidate),
    'a string or an array; only an assistant message with "tool_calls" may go without',
    ['content'],
  ),
)

function mayLackContent(candidate: { role: string; tool_calls?: unknown }): boolean {
  if (candidate.role === 'assistant')
    return candidate.tool_calls !== undefined && candidate.tool_calls !== null
  // No document says what the two old roles carry.
  return candidate.role === 'function' || candidate.role === 'plugin'
}
