import { expect, it } from 'vitest'
import { BoundedMap } from '../../emulator/bounded-map.ts'

it('A full map of the emulator forgets its oldest entry.', () => {
  const map = new BoundedMap<number>(2).set('a', 1).set('b', 2).set('a', 3).set('c', 4)
  expect([...map]).toEqual([
    ['b', 2],
    ['c', 4],
  ])
})
