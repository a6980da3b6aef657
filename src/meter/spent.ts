import type { Measures } from './measures.ts'

/** The amounts that daily and monthly limits bound. */
export interface Spent {
  /** Input and output. */
  tokens: number
  /** Nanos of the billing currency. */
  money: number
  /** Seconds of audio: recognized, composed, or sent in a conversation. */
  audioSeconds: number
  /** Characters of synthesized speech. */
  characters: number
}

/** All amounts 0. */
export const NOTHING_SPENT: Readonly<Spent> = { tokens: 0, money: 0, audioSeconds: 0, characters: 0 }

/** The amounts that a request spends of limits, from its measures. */
export function spentBy({ input_tokens, output_tokens, money, seconds, characters }: Measures): Spent {
  return { tokens: input_tokens + output_tokens, money, audioSeconds: seconds, characters }
}

/** Only the spent amounts of a record. */
export function spentIn({ tokens, money, audioSeconds, characters }: Spent): Spent {
  return { tokens, money, audioSeconds, characters }
}

/** The sum of two. */
export function plus(one: Spent, other: Spent): Spent {
  return {
    tokens: one.tokens + other.tokens,
    money: one.money + other.money,
    audioSeconds: one.audioSeconds + other.audioSeconds,
    characters: one.characters + other.characters,
  }
}

/** The difference of two, which may be negative. */
export function minus(one: Spent, other: Spent): Spent {
  return {
    tokens: one.tokens - other.tokens,
    money: one.money - other.money,
    audioSeconds: one.audioSeconds - other.audioSeconds,
    characters: one.characters - other.characters,
  }
}
