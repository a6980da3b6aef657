import { parseObjectExactly } from '../../lib/json/exact.ts'
import type { Framing } from './framing.ts'
import { splitAnthropic } from './split-anthropic.ts'
import { splitChat } from './split-chat.ts'
import { splitCompletion } from './split-completion.ts'
import { splitNative } from './split-native.ts'

/**
 * Makes the event stream of a non-stream answer: a few frames whose pieces joined say what the answer says.
 *
 * @param text the answer's JSON.
 * @returns undefined if the answer has a shape that no stream is known for.
 */
export function splitIntoEvents(text: string, framing: Framing): string | undefined {
  const answer = parseObjectExactly(text)
  if (!answer) return undefined
  switch (framing.format) {
    case 'chat':
      return splitChat(answer, framing)
    case 'completion':
      return splitCompletion(answer, framing)
    case 'anthropic':
      return splitAnthropic(answer)
    case 'native':
      return splitNative(answer, framing)
  }
}
