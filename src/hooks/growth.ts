import type { Frame } from '../dashscope/stream/frames.ts'
import type { HookWork } from '../jobs/hook-work.ts'
import { objectAt, objectsAt, parseObject } from '../lib/json/object.ts'
import { textMember } from './events/event.ts'

/** The interval between updates of a growing text: platforms throttle faster updates of a card. */
export const SHOW_EVERY_MS = 500

/**
 * Shows the text of a response while it arrives: at once, then at most every {@link SHOW_EVERY_MS}. There is one call
 * at a time, always with the newest text. A failed call is only logged.
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
      // The final text is sent next and must not be overtaken by a pending update.
      await call
    },
  }
}

/** The text that a frame of a chat or native stream adds to the response, without reasoning. */
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
