import { solutionOf } from './arithmetic.ts'
import { lastUserText, type Question } from './question.ts'

/** What the values of a JSON answer are made of, so that a test can tell one question's answer from another's. */
export interface Material {
  /** The answer as it would be said in words: every string without a better source is this. */
  words: string
  /** The last user turn: an enum's member or a union's branch that is named here is preferred. */
  asked: string
  /** The numbers of the question in turn, again from the first one after the last. */
  nextNumber: () => number
}

/** Takes a question and its answer in words; returns the material for its answer in JSON. */
export function materialOf(question: Question, words: string): Material {
  const asked = lastUserText(question.turns)
  const numbers = numbersIn(asked)
  let next = 0
  return {
    words,
    asked,
    nextNumber: () => numbers[next++ % numbers.length] ?? question.turns.length,
  }
}

/** Takes a text and a value; tells whether the value is a text that the other one names, in whatever case. */
export function names(text: string, value: unknown): boolean {
  return typeof value === 'string' && value !== '' && text.toLowerCase().includes(value.toLowerCase())
}

/** A calculation's result stands for the numbers it is made of. */
function numbersIn(text: string): number[] {
  const solution = solutionOf(text)
  if (solution !== undefined) return [solution.value]
  return Array.from(text.matchAll(/(?<!\d)-?\d+(?:\.\d+)?/g), ([found]) => Number(found))
}
