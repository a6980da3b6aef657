import { computed, signal } from '@preact/signals'
import { clientKey } from '../state/credentials.ts'
import { type Answer, beginAnswer } from './answer.ts'
import { newChoice } from './answer-choice.ts'
import type { Message } from './conversation.ts'
import { newSetup, type Setup } from './setup.ts'

/** A message and the responses of all models. */
export interface Turn {
  sent: Message[]
  answers: Answer[]
}

export const setup = signal<Setup>(newSetup())

/** The conversation, kept only in this tab. */
export const thread = signal<Turn[]>([])

/** Paths of what a reopened request had and the playground has not. */
export const leftOut = signal<readonly string[]>([])

/** Whether a response is in progress. */
export const isBusy = computed(() =>
  thread.value.some(({ answers }) => answers.some(({ progress }) => isRunning(progress.value))),
)

export function changeSetup(changes: Partial<Setup>): void {
  setup.value = { ...setup.peek(), ...changes }
}

/** Sends messages to every model of the set-up; each continues its own side of the conversation. */
export function sendMessages(sent: Message[], headers: Record<string, string> = {}): Turn {
  const before = thread.peek()
  const answers = setup
    .peek()
    .models.map((model, side) => begin(model, [...history(before, side), ...sent], headers))
  const turn = { sent, answers }
  thread.value = [...before, turn]
  return turn
}

/** Regenerates one response; later turns of the conversation are dropped. */
export function askAgain(turn: Turn, side: number, headers: Record<string, string> = {}): void {
  const position = thread.peek().indexOf(turn)
  const model = turn.answers[side]?.model
  if (position < 0 || model === undefined) return
  const before = thread.peek().slice(0, position)
  const answers = turn.answers.with(side, begin(model, [...history(before, side), ...turn.sent], headers))
  thread.value = [...before, { ...turn, answers }]
}

/** Removes a turn and everything after it, for editing. */
export function takeBack(turn: Turn): void {
  stopAll()
  thread.value = thread.peek().slice(0, thread.peek().indexOf(turn))
}

export function stopAll(): void {
  for (const { answers } of thread.peek()) for (const answer of answers) answer.stop()
}

/** Starts a new conversation. */
export function clearThread(): void {
  stopAll()
  thread.value = []
  leftOut.value = []
}

/** The conversation from the point of view of one of the compared models. */
export function history(turns: readonly Turn[], side: number): Message[] {
  return turns.flatMap(({ sent, answers }) => {
    const answer = answers[side] ?? answers[0]
    return answer ? [...sent, messageOf(answer)] : sent
  })
}

/** The response with a request id, if it is in the conversation of this tab. */
export function answerWithId(id: string): Answer | undefined {
  const answers = thread.value.flatMap((turn) => turn.answers)
  return answers.find(({ headers }) => headers.value?.get('x-edge-request-id') === id)
}

export function isRunning(progress: string): boolean {
  return progress === 'waiting' || progress === 'answering'
}

function begin(model: string, messages: Message[], headers: Record<string, string>): Answer {
  return beginAnswer({ setup: setup.peek(), model, messages, key: clientKey.peek() ?? '', headers })
}

function messageOf({ choices, chosen }: Answer): Message {
  const { text, thinking, calls } = choices.peek()[chosen.peek()] ?? newChoice(0)
  return { role: 'assistant', text: text.peek(), thinking: thinking.peek(), calls: calls.peek() }
}
