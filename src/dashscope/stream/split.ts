import { parseExactly } from '../../lib/json/exact.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import { dismantleAnthropic } from './split-anthropic.ts'
import { dismantleChat } from './split-chat.ts'
import { dismantleNative } from './split-native.ts'

/**
 * Makes the event stream of a non-stream answer: a few frames whose pieces joined say what the answer says.
 *
 * @param text the answer's JSON.
 * @returns undefined where the answer has a shape that no stream is known for.
 */
export function dismantle(text: string, framing: Framing): string | undefined {
  const answer = parse(text)
  if (!answer) return undefined
  if (framing.format === 'chat') return dismantleChat(answer, framing)
  return framing.format === 'anthropic' ? dismantleAnthropic(answer) : dismantleNative(answer, framing)
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const answer = parseExactly(text)
    return isJsonObject(answer) ? answer : undefined
  } catch {
    return undefined
  }
}
