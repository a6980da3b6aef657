import { describe, expect, it } from 'vitest'
import { numberInQuery } from '../../src/policy/query.ts'

const read = (query: string, highest?: number) => numberInQuery(new URLSearchParams(query), 'limit', highest)

describe('a whole number in a query', () => {
  it.each([
    ['', undefined],
    ['limit=1', 1],
    ['limit=100', 100],
  ])('"%s" is read as %s.', (query, number) => {
    expect(read(query, 100)).toBe(number)
  })

  it.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=', 'limit=many'])(
    '"%s" is refused with the range.',
    (query) => {
      expect(() => read(query, 100)).toThrow(
        expect.objectContaining({
          reason: 'invalid',
          param: 'limit',
          message: 'limit: expected a whole number from 1 to 100.',
        }),
      )
    },
  )

  it('Without a maximum every whole number of at least 1 is allowed.', () => {
    expect(read('limit=1000000')).toBe(1_000_000)
    expect(() => read('limit=0')).toThrow('limit: expected a whole number of at least 1.')
  })
})
