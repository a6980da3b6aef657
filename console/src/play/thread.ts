import { computed, signal } from '@preact/signals'
import { clientKey } from '../state/credentials.ts'
import { type Answer, beginAnswer } from './answer.ts'
import type { Message } from './conversation.ts'
import { newSetup, type Setup } from './setup.ts'

/** What was sent, and what each model that was asked answered. */
export interface Turn {
  sent: Message[]
  answers: Answer[]
}

export const setup = signal<Setup>(newSetup())

/** The conversation; it is kept while the tab is, and nowhere else. */
export const thread = signal<Turn[]>([])

/** Whether an answer is on its way. */
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

/** Asks one answer again; what follows it in the conversation is dropped. */
export function askAgain(turn: Turn, side: number, headers: Record<string, string> = {}): void {
  const position = thread.peek().indexOf(turn)
  const model = turn.answers[side]?.model
  if (position < 0 || model === undefined) return
  const before = thread.peek().slice(0, position)
  const answers = turn.answers.with(side, begin(model, [...history(before, side), ...turn.sent], headers))
  thread.value = [...before, { ...turn, answers }]
}

/** Takes a turn and everything after it away, to write it anew. */
export function takeBack(turn: Turn): void {
  stopAll()
  thread.value = thread.peek().slice(0, thread.peek().indexOf(turn))
}

export function stopAll(): void {
  for (const { answers } of thread.peek()) for (const answer of answers) answer.stop()
}

/** Begins anew. */
export function clearThread(): void {
  stopAll()
  thread.value = []
}

/** The conversation as one of the compared models has it. */
export function history(turns: readonly Turn[], side: number): Message[] {
  return turns.flatMap(({ sent, answers }) => {
    const answer = answers[side] ?? answers[0]
    return answer ? [...sent, messageOf(answer)] : sent
  })
}

/** The answer that came with a request id, if it is in the conversation of this tab. */
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

function messageOf({ text, thinking, calls }: Answer): Message {
  return { role: 'assistant', text: text.peek(), thinking: thinking.peek(), calls: calls.peek() }
}
