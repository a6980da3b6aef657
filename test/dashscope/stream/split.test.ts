import { describe, expect, it } from 'vitest'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { splitIntoEvents } from '../../../src/dashscope/stream/split.ts'
import { ANTHROPIC, CHAT, TEXT } from './written.ts'

describe('responses that cannot be split into a stream', () => {
  it.each<[string, Framing, string]>([
    ['an encrypted output', TEXT, '{"output":"cipher","usage":{},"request_id":"r"}'],
    [
      'an image',
      { ...TEXT, format: 'native' },
      '{"output":{"choices":[{"message":{"content":[{"image":"https://x"}]},"finish_reason":"stop"}]}}',
    ],
    [
      'a recognised table',
      { ...TEXT, format: 'native' },
      '{"output":{"choices":[{"message":{"content":[{"ocr_result":{}},{"text":"a"}]},"finish_reason":"stop"}]}}',
    ],
    ['no choices', TEXT, '{"output":{"choices":[]}}'],
    [
      'a call without arguments',
      TEXT,
      '{"output":{"choices":[{"message":{"content":"","tool_calls":[{"id":"x"}]},"finish_reason":"stop"}]}}',
    ],
    [
      'a completion without the usage that is asked for',
      CHAT,
      '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}',
    ],
    ['a message without usage', ANTHROPIC, '{"content":[]}'],
    ['nonsense', CHAT, 'oops'],
  ])('The response is not split: %s', (_, framing, response) =>
    expect(splitIntoEvents(response, framing)).toBeUndefined(),
  )
})
