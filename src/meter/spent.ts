import type { Measures } from './measures.ts'

/** What limits of days and months bound. */
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

/** Of what has used nothing. */
export const NOTHING_SPENT: Readonly<Spent> = { tokens: 0, money: 0, audioSeconds: 0, characters: 0 }

/** What a request spends of limits, by what is counted of it. */
export function spentBy({ input_tokens, output_tokens, money, seconds, characters }: Measures): Spent {
  return { tokens: input_tokens + output_tokens, money, audioSeconds: seconds, characters }
}

/** The part of a record that is spent. */
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

/** The difference of two, which may be less than 0. */
export function minus(one: Spent, other: Spent): Spent {
  return {
    tokens: one.tokens - other.tokens,
    money: one.money - other.money,
    audioSeconds: one.audioSeconds - other.audioSeconds,
    characters: one.characters - other.characters,
  }
}
