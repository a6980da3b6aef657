import { mulberry32 } from '../harness/mulberry32.ts'

/** Chance that can be repeated: everything about a case follows from the numbers it was made with. */
export interface Random {
  /** A number from 0 up to, and without, 1. */
  next: () => number
  /** A whole number from 0 up to, and without, the limit. */
  below: (limit: number) => number
  /** Whether something that happens this often (0 to 1) happens now. */
  chance: (share: number) => boolean
  pick: <Item>(items: readonly Item[]) => Item
}

/** Puts the number of a case into the seed of its run (Knuth's multiplicative hashing), so that a case needs no others. */
export function randomFor(seed: number, index: number): Random {
  return randomFrom((seed ^ Math.imul(index + 1, 2654435761)) >>> 0)
}

function randomFrom(seed: number): Random {
  const next = mulberry32(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('There is nothing to pick from; give at least one item.')
      return item
    },
  }
}
