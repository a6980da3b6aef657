import { mulberry32 } from '../../harness/mulberry32.ts'
import type { Kind, Question } from './mix-kind.ts'
import { RESPONSE_KINDS } from './mix-responses.ts'
import { UNENDED } from './mix-unended.ts'
import { UNITS } from './mix-units.ts'

/** One request of the mix. */
export interface Planned extends Kind {
  asked: Question
}

export const KINDS: readonly Kind[] = [...RESPONSE_KINDS, ...UNITS, ...UNENDED]

const WORDS = [
  '你好',
  '世界',
  'hello',
  'tell me',
  '12*7',
  'more about',
  'ä€😀',
  'weather',
  '什么',
  'and',
] as const

/** The requests of a seed, in an order of its own. */
export function plannedMix(seed: number): Planned[] {
  const random = mulberry32(seed)
  const words = (count: number) =>
    Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ')
  const planned = KINDS.flatMap((kind) =>
    Array.from({ length: kind.share }, (_, index) => {
      const { questions, together, make } = kind
      const text = questions
        ? `again ${index % questions}`
        : `${index} ${words(2 + Math.floor(random() * 9))}`
      return { ...kind, asked: make(text), at: together ? 0.5 : random() }
    }),
  )
  return planned.toSorted((one, other) => one.at - other.at)
}
