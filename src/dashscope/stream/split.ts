import { parseObjectExactly } from '../../lib/json/exact.ts'
import type { Framing } from './framing.ts'
import { splitAnthropic } from './split-anthropic.ts'
import { splitChat } from './split-chat.ts'
import { splitCompletion } from './split-completion.ts'
import { splitNative } from './split-native.ts'

/**
 * Splits a non-stream response into an event stream of a few frames.
 *
 * @param text the JSON of the response.
 * @returns undefined if no stream format is known for the response.
 */
export function splitIntoEvents(text: string, framing: Framing): string | undefined {
  const response = parseObjectExactly(text)
  if (!response) return undefined
  switch (framing.format) {
    case 'chat':
      return splitChat(response, framing)
    case 'completion':
      return splitCompletion(response, framing)
    case 'anthropic':
      return splitAnthropic(response)
    case 'native':
      return splitNative(response, framing)
  }
}
