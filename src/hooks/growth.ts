import type { Frame } from '../dashscope/stream/frames.ts'
import type { HookWork } from '../jobs/hook-work.ts'
import { objectAt, objectsAt, parseObject } from '../lib/json/object.ts'
import { textMember } from './events/event.ts'

/** How often a growing text is shown: platforms throttle faster updates of one card. */
export const SHOW_EVERY_MS = 500

/**
 * Shows a response while it arrives: its text so far, at once and then at most every {@link SHOW_EVERY_MS}. One call is
 * under way at a time, and the newest text wins. A failed call is logged and changes nothing else.
 */
export function showGrowth(
  show: (text: string) => Promise<void>,
  wait: (milliseconds: number) => Promise<void> = (milliseconds) => scheduler.wait(milliseconds),
): NonNullable<HookWork['watch']> {
  let text = ''
  let shown = ''
  let hasEnded = false
  let isAtWork = false
  let call: Promise<void> = Promise.resolve()
  const work = async () => {
    isAtWork = true
    while (!hasEnded && shown !== text) {
      shown = text
      call = show(shown).catch(logFailure)
      await call
      if (!hasEnded) await wait(SHOW_EVERY_MS)
    }
    isAtWork = false
  }
  return {
    frame: (frame) => {
      text += addedText(frame)
      if (text !== shown && !isAtWork) void work()
    },
    end: async () => {
      hasEnded = true
      // The last text follows; it must not be overtaken by one that is on its way.
      await call
    },
  }
}

/** The text that a frame of a chat or native stream adds to the answer; reasoning is not part of it. */
export function addedText({ data }: Frame): string {
  const event = parseObject(data)
  const choice = objectsAt(event, 'choices')[0] ?? objectsAt(objectAt(event, 'output'), 'choices')[0]
  const message = objectAt(choice, 'delta') ?? objectAt(choice, 'message')
  const text = textMember(message, 'content')
  return (
    text ||
    objectsAt(message, 'content')
      .map((part) => textMember(part, 'text'))
      .join('')
  )
}

function logFailure(cause: unknown): void {
  console.error(JSON.stringify({ message: 'A growing reply was not shown.', cause: String(cause) }))
}
