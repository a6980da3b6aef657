import { solutionOf } from './arithmetic.ts'
import { lastUserText, type Question } from './question.ts'

/**
 * The inputs for the values of a JSON response, so that tests can tell the responses to different questions apart.
 */
export interface Material {
  /** The response in words, used for every string without a better source. */
  words: string
  /** The last user turn: enum members and union branches named in it are preferred. */
  asked: string
  /** Returns the numbers of the question in turn, cyclically. */
  nextNumber: () => number
}

/** The material for the JSON response to a question. */
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

/** Whether a text contains a value, ignoring case. */
export function names(text: string, value: unknown): boolean {
  return typeof value === 'string' && value !== '' && text.toLowerCase().includes(value.toLowerCase())
}

/** The result of a calculation replaces its numbers. */
function numbersIn(text: string): number[] {
  const solution = solutionOf(text)
  if (solution !== undefined) return [solution.value]
  return Array.from(text.matchAll(/(?<!\d)-?\d+(?:\.\d+)?/g), ([found]) => Number(found))
}
