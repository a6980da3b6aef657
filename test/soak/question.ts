import type { Random } from '../fuzz/random.ts'
import { marker } from './proxy.ts'

/** Of one to four bytes in UTF-8, so that a cut at any byte also falls inside a character. */
const WORDS = [
  'whale',
  'harbour',
  'lantern',
  'naïve',
  'Größe',
  '鲸鱼',
  '海洋',
  '灯塔',
  '🐋',
  '🌊',
  '"quoted"',
  'back\\slash',
]

const MAX_WORDS = 150

/** Every other question is a calculation, the others are echoed. */
export function drawText(random: Random, question: number): string {
  if (random.chance(0.4)) return `${marker(question)}: ${question + 1000}*${1 + random.below(999)}`
  const words = Array.from({ length: 1 + random.below(MAX_WORDS) }, () => random.pick(WORDS))
  return `${marker(question)}: ${words.join(' ')}`
}

/** Tokens of a text as the emulator counts them, with a fraction for the last one. */
export function countTokens(text: string): number {
  return Array.from(text).length / 4
}

/** What the emulator answers: a calculation done, or an echo. */
export function rightText(text: string): string {
  const [found, left, right] = /(\d+)\*(\d+)$/.exec(text) ?? []
  if (found !== undefined) return `${found} = ${Number(left) * Number(right)}`
  return `You said: ${text} (message count: 1)`
}
