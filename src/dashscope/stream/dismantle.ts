import { parseExactly } from '../../json/exact.ts'
import { isJsonObject } from '../../json/object.ts'
import { dismantleAnthropic } from './dismantle-anthropic.ts'
import { dismantleChat } from './dismantle-chat.ts'
import { dismantleNative } from './dismantle-native.ts'
import type { Framing } from './framing.ts'

/**
 * Makes the event stream of a non-stream answer: a few frames whose pieces joined say what the answer says.
 *
 * @param text the answer's JSON.
 * @returns undefined where the answer has a shape that no stream is known for.
 */
export function dismantle(text: string, framing: Framing): string | undefined {
  const answer = parse(text)
  if (!answer) return undefined
  if (framing.family === 'chat') return dismantleChat(answer, framing)
  return framing.family === 'anthropic' ? dismantleAnthropic(answer) : dismantleNative(answer, framing)
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const answer = parseExactly(text)
    return isJsonObject(answer) ? answer : undefined
  } catch {
    return undefined
  }
}
