import { expect, it } from 'vitest'
import { spread } from '../../../tools/bench/statistics.ts'

it.each<[number[], [number, number, number]]>([
  [[7], [7, 7, 7]],
  [
    [1, 2],
    [1.25, 1.5, 1.75],
  ],
  [
    [5, 1, 3],
    [2, 3, 4],
  ],
  [
    [4, 1, 3, 2],
    [1.75, 2.5, 3.25],
  ],
  // Sorted as numbers, not as texts.
  [
    [10, 9, 100],
    [9.5, 10, 55],
  ],
  [
    [-2, 0, 2],
    [-1, 0, 1],
  ],
])('The quartiles of %j are %j', (values, [lowerQuartile, median, upperQuartile]) => {
  expect(spread(values)).toEqual({ lowerQuartile, median, upperQuartile })
})

it('The measurements keep their order.', () => {
  const values = [3, 1, 2]
  spread(values)
  expect(values).toEqual([3, 1, 2])
})

it('An empty list has no summary.', () => {
  expect(() => spread([])).toThrow(RangeError)
})
