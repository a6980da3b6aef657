import { describe, expect, it } from 'vitest'
import { type Heap, pop, push } from '../../src/lib/heap.ts'
import { mulberry32 } from '../harness/mulberry32.ts'

describe('a heap', () => {
  it('Items come out in the order of their ranks, whatever order they were added in.', () => {
    const random = mulberry32(7)
    const ranks = Array.from({ length: 1000 }, () => Math.floor(random() * 500))
    const heap: Heap<string> = []
    for (const rank of ranks) push(heap, rank, `of ${rank}`)
    const taken = ranks.map(() => pop(heap))
    expect(taken.map((item) => item?.rank)).toEqual(ranks.toSorted((one, other) => one - other))
    expect(taken.every((item) => item?.value === `of ${item?.rank}`)).toBe(true)
    expect(pop(heap)).toBeUndefined()
  })
})
