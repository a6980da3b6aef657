import { describe, expect, it } from 'vitest'
import { contentAt, isTooLateForStream, type StreamedReply } from '../../src/hooks/wecom-stream.ts'

const SETTINGS = { ack_text: 'Thinking …', error_text: 'It failed.' }
const response = (change: Partial<StreamedReply>): StreamedReply => ({
  createdMs: 0,
  endedMs: undefined,
  text: undefined,
  ...change,
})

describe('Acceptance test 15: what the stream of a WeCom AI bot shows', () => {
  it.each([
    ['the first text before the model has begun', {}, 1000, { finish: false, content: 'Thinking …' }],
    ['the text so far', { text: 'Half' }, 1000, { finish: false, content: 'Half' }],
    ['the answer', { text: 'All of it', endedMs: 2000 }, 9000, { finish: true, content: 'All of it' }],
    ['the error text', { endedMs: 2000 }, 9000, { finish: true, content: 'It failed.' }],
    [
      'the answer also long after it',
      { text: 'All', endedMs: 2000 },
      900_000,
      { finish: true, content: 'All' },
    ],
  ] as const)('The stream shows %s', (_, change, nowMs, expected) => {
    expect(contentAt(response(change), SETTINGS, nowMs)).toEqual(expected)
  })

  it('The stream ends before six minutes are over, and promises the response.', () => {
    const { finish, content } = contentAt(response({ text: 'Half' }), SETTINGS, 351_000)
    expect([finish, content]).toEqual([true, expect.stringContaining('follows')])
    expect(contentAt(response({ text: 'All', endedMs: 351_000 }), SETTINGS, 352_000).content).toBe(content)
    expect(contentAt(response({ text: 'Half' }), SETTINGS, 349_000).finish).toBe(false)
    expect(isTooLateForStream({ createdMs: 0, endedMs: 351_000 })).toBe(true)
  })

  it('The stream has at most 20,480 bytes.', () => {
    const { content } = contentAt(response({ text: '长'.repeat(9000) }), SETTINGS, 1000)
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(20_480)
    expect(content.length).toBeGreaterThan(6000)
  })
})
