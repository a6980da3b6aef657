import { expect, it } from 'vitest'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { joinEvents } from '../../../src/dashscope/stream/join.ts'

const framing = { incremental: true, includeUsage: false, choices: 2 }

function native(index: number, content: string, finish_reason: string): string {
  const choice = { index, message: { role: 'assistant', content }, finish_reason }
  return `data:${JSON.stringify({ output: { choices: [choice] } })}\n\n`
}

function chat(index: number, content: string, finish_reason: string | null): string {
  return `data: ${JSON.stringify({ choices: [{ index, delta: { content }, finish_reason }] })}\n\n`
}

it.each<[Framing['format'], string]>([
  ['native', native(1, 'b', 'null') + native(0, 'a', 'stop') + native(1, 'B', 'stop')],
  ['chat', `${chat(1, 'b', null)}${chat(0, 'a', 'stop')}${chat(1, 'B', 'stop')}data: [DONE]\n\n`],
])('%s: several choices keep their order, whichever starts first.', (format, stream) => {
  const text = joinEvents(new TextEncoder().encode(stream), { format, ...framing }) ?? '{}'
  const { choices, output = { choices } } = JSON.parse(text)
  const told = output.choices.map((choice: { index: number; message: { content: string } }) => [
    choice.index,
    choice.message.content,
  ])
  expect(told).toEqual([
    [0, 'a'],
    [1, 'bB'],
  ])
})
