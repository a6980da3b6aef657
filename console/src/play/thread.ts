import { computed, signal } from '@preact/signals'
import { clientKey } from '../state/credentials.ts'
import type { Message } from './conversation.ts'
import { beginReply, type Reply } from './reply.ts'
import { newChoice } from './reply-choice.ts'
import { newSetup, type Setup } from './setup.ts'

/** A message and the responses of all models. */
export interface Turn {
  sent: Message[]
  replies: Reply[]
}

export const setup = signal<Setup>(newSetup())

/** The conversation, kept only in this tab. */
export const thread = signal<Turn[]>([])

/** Paths of what a reopened request had and the playground has not. */
export const leftOut = signal<readonly string[]>([])

/** Whether a response is in progress. */
export const isBusy = computed(() =>
  thread.value.some(({ replies }) => replies.some(({ progress }) => isRunning(progress.value))),
)

export function changeSetup(changes: Partial<Setup>): void {
  setup.value = { ...setup.peek(), ...changes }
}

/** Sends messages to every model of the set-up; each continues its own side of the conversation. */
export function sendMessages(sent: Message[], headers: Record<string, string> = {}): Turn {
  const before = thread.peek()
  const replies = setup
    .peek()
    .models.map((model, side) => begin(model, [...history(before, side), ...sent], headers))
  const turn = { sent, replies }
  thread.value = [...before, turn]
  return turn
}

/** Regenerates one response; later turns of the conversation are dropped. */
export function askAgain(turn: Turn, side: number, headers: Record<string, string> = {}): void {
  const position = thread.peek().indexOf(turn)
  const model = turn.replies[side]?.model
  if (position < 0 || model === undefined) return
  const before = thread.peek().slice(0, position)
  const replies = turn.replies.with(side, begin(model, [...history(before, side), ...turn.sent], headers))
  thread.value = [...before, { ...turn, replies }]
}

/** Removes a turn and everything after it, for editing. */
export function takeBack(turn: Turn): void {
  stopAll()
  thread.value = thread.peek().slice(0, thread.peek().indexOf(turn))
}

export function stopAll(): void {
  for (const { replies } of thread.peek()) for (const reply of replies) reply.stop()
}

/** Starts a new conversation. */
export function clearThread(): void {
  stopAll()
  thread.value = []
  leftOut.value = []
}

/** The conversation from the point of view of one of the compared models. */
export function history(turns: readonly Turn[], side: number): Message[] {
  return turns.flatMap(({ sent, replies }) => {
    const reply = replies[side] ?? replies[0]
    return reply ? [...sent, messageOf(reply)] : sent
  })
}

/** The response with a request id, if it is in the conversation of this tab. */
export function replyWithId(id: string): Reply | undefined {
  const replies = thread.value.flatMap((turn) => turn.replies)
  return replies.find(({ headers }) => headers.value?.get('x-edge-request-id') === id)
}

export function isRunning(progress: string): boolean {
  return progress === 'waiting' || progress === 'replying'
}

function begin(model: string, messages: Message[], headers: Record<string, string>): Reply {
  return beginReply({ setup: setup.peek(), model, messages, key: clientKey.peek() ?? '', headers })
}

function messageOf({ choices, chosen }: Reply): Message {
  const { text, thinking, calls } = choices.peek()[chosen.peek()] ?? newChoice(0)
  return { role: 'assistant', text: text.peek(), thinking: thinking.peek(), calls: calls.peek() }
}
