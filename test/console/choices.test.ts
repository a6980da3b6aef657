import { expect, it } from 'vitest'
import type { Message } from '../../console/src/play/conversation.ts'
import { wireFormats } from '../../console/src/play/dialects.ts'
import {
  addToChoice,
  newChoice,
  type ReplyChoice,
  usageOfChoices,
  withChoice,
} from '../../console/src/play/reply-choice.ts'
import { DIALECTS, type Dialect, newSetup } from '../../console/src/play/setup.ts'

const HI: Message[] = [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }]

/** The texts of the choices after all events, and what is known of them. */
function choicesAfter(dialect: Dialect, events: readonly unknown[]) {
  let choices: ReplyChoice[] = [newChoice(0)]
  for (const event of events) {
    for (const delta of wireFormats[dialect].event(event, '').choices ?? []) {
      choices = withChoice(choices, delta.index)
      addToChoice(choices, delta, 0)
    }
  }
  return {
    texts: choices.map(({ text }) => text.value),
    ended: choices.map(({ isEnded }) => isEnded),
    usage: usageOfChoices(choices),
  }
}

it('The chat and the native dialect send n, the others do not.', () => {
  const sent = DIALECTS.map((dialect) => {
    const setup = { ...newSetup(), dialect, numbers: { n: 3 } }
    const { body } = wireFormats[dialect].request(setup, 'qwen-plus', HI)
    return [dialect, JSON.stringify(body).includes('"n":3')]
  })
  expect(sent).toEqual([
    ['chat', true],
    ['native', true],
    ['anthropic', false],
    ['responses', false],
  ])
})

it('Chunks of a chat stream grow the choice of their index.', () => {
  const chunk = (index: number, content: string) => ({ choices: [{ index, delta: { content } }] })
  const { texts, usage } = choicesAfter('chat', [
    chunk(1, 'B'),
    chunk(0, 'A'),
    { choices: [chunk(1, 'b').choices[0], chunk(0, 'a').choices[0]] },
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 4 } },
  ])
  expect(texts).toEqual(['Aa', 'Bb'])
  expect(usage).toEqual({ input: 1, output: 4, cached: 0, reasoning: 0 })
})

it('Frames of a native stream end one choice after the other, and the outputs of all are added up.', () => {
  const frame = (index: number, content: string, finish_reason: string, output_tokens: number) => ({
    output: { choices: [{ index, message: { content }, finish_reason }] },
    usage: { input_tokens: 5, output_tokens },
  })
  const first = [frame(0, 'A', 'null', 1), frame(0, 'a', 'stop', 2)]
  const begun = choicesAfter('native', [...first, frame(1, 'B', 'null', 1)])
  expect(begun.texts).toEqual(['Aa', 'B'])
  expect(begun.ended).toEqual([true, false])
  const all = choicesAfter('native', [...first, frame(1, 'B', 'null', 1), frame(1, 'b', 'stop', 3)])
  expect(all.ended).toEqual([true, true])
  expect(all.usage).toEqual({ input: 5, output: 5, cached: 0, reasoning: 0 })
})

it('A whole response has all choices, also without an index, and one usage.', () => {
  const message = (content: string) => ({ message: { role: 'assistant', content } })
  const choices = [message('A'), message('B')]
  const chat = wireFormats.chat.whole({ choices, usage: { prompt_tokens: 1, completion_tokens: 2 } })
  const native = wireFormats.native.whole({
    output: { choices },
    usage: { input_tokens: 1, output_tokens: 2 },
  })
  for (const whole of [chat, native]) {
    let filled: ReplyChoice[] = [newChoice(0)]
    for (const delta of whole.choices ?? []) {
      filled = withChoice(filled, delta.index)
      addToChoice(filled, delta, 0)
    }
    expect(filled.map(({ text }) => text.value)).toEqual(['A', 'B'])
    expect(usageOfChoices(filled)?.output).toBe(2)
    expect(whole.isEnd).toBe(true)
  }
})

it('Fragments of tool calls are joined within their choice.', () => {
  let choices: ReplyChoice[] = [newChoice(0)]
  for (const index of [0, 1, 0, 1]) {
    choices = withChoice(choices, index)
    addToChoice(choices, { index, calls: [{ index: 0, name: 'f', arguments: `${index}` }] }, 0)
  }
  expect(choices.map(({ calls }) => calls.value.map((call) => call.arguments))).toEqual([['00'], ['11']])
})

it('A choice with an enormous index does not make the choices before it.', () => {
  expect(withChoice([newChoice(0)], 4_000_000_000).map(({ index }) => index)).toEqual([0, 4_000_000_000])
})
