import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { deadlinesOf } from '../../src/upstream/deadlines.ts'

const TOTAL_MS = 600_000
const TEXT = '/api/v1/services/aigc/text-generation/generation'

function deadlines(method: string, path: string, wanted: string | null, stream = false, thinking = false) {
  const found = findEndpoint(method, path)
  if (found.kind !== 'endpoint') throw new Error(`No endpoint ${path}.`)
  return deadlinesOf(found.endpoint, { stream, thinking }, wanted, TOTAL_MS)
}

describe('deadlines', () => {
  it.each<[string, ReturnType<typeof deadlines>, number]>([
    ['an answer', deadlines('POST', TEXT, null), 600],
    ['a stream', deadlines('POST', TEXT, null, true), 330],
    ['a stream that thinks first', deadlines('POST', TEXT, null, true, true), 600],
    ['vectors', deadlines('POST', '/compatible-mode/v1/embeddings', null), 60],
    ['a task', deadlines('GET', '/api/v1/tasks/1', null), 30],
    ['an upload', deadlines('POST', '/compatible-mode/v1/files', null), 600],
  ])('The deadline is right for %s', (_, { firstByteMs, totalMs, idleMs, isShortened }, seconds) => {
    expect([firstByteMs, totalMs, idleMs, isShortened]).toEqual([1000 * seconds, TOTAL_MS, 330_000, false])
  })

  it('The caller can shorten all deadlines, and never extend them.', () => {
    expect(deadlines('POST', TEXT, '5', true)).toEqual({
      totalMs: 5000,
      firstByteMs: 5000,
      idleMs: 5000,
      isShortened: true,
    })
    expect(deadlines('POST', TEXT, '3600', true)).toEqual(deadlines('POST', TEXT, null, true))
  })

  it.each(['0', '-1', '1.5', '3601', '99999', '1e3', '', 'soon', '5s', '0x10'])(
    'The value %j is refused.',
    (value) => {
      expect(() => deadlines('POST', TEXT, value)).toThrow(
        expect.objectContaining({ reason: 'invalid', message: expect.stringContaining('X-Edge-Timeout') }),
      )
    },
  )
})
