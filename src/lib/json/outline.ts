import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from './characters.ts'

/**
 * The values of a JSON text in document order, each key directly before its value; a value's number here is its node.
 * `starts[node]` is where the value begins in the text. `ends[node]` is where its token ends in the text, or, for an
 * object or array, the first node after everything in it.
 */
export interface Outline {
  text: string
  starts: number[]
  ends: number[]
}

/**
 * Finds the positions of the values in a JSON text, without reading them: parsing would round numbers, merge duplicate keys
 * and copy a large image. It needs no recursion, so depth costs memory only.
 *
 * @param text JSON that JSON.parse has accepted; an empty text has an empty outline.
 * @throws SyntaxError when a string or a bracket is not closed.
 */
export function readOutline(text: string): Outline {
  const starts: number[] = []
  const ends: number[] = []
  const open: number[] = []
  let at = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit <= SPACE || unit === COMMA || unit === COLON) {
      at += 1
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      ends[open.pop() ?? 0] = starts.length
      at += 1
    } else {
      starts.push(at)
      if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
        open.push(ends.length)
        at += 1
      } else {
        at = unit === QUOTE ? endOfString(text, at) : endOfLiteral(text, at)
      }
      ends.push(at)
    }
  }
  if (open.length > 0) throw new SyntaxError('The JSON text ends inside a bracket; close every bracket.')
  return { text, starts, ends }
}

/** Whether a node is an object. */
export function isObject({ text, starts }: Outline, node: number): boolean {
  return text.charCodeAt(starts[node] as number) === OPEN_BRACE
}

/** Whether a node is an array. */
export function isArray({ text, starts }: Outline, node: number): boolean {
  return text.charCodeAt(starts[node] as number) === OPEN_BRACKET
}

/** Whether a node is an object or an array. */
export function isContainer(outline: Outline, node: number): boolean {
  return isObject(outline, node) || isArray(outline, node)
}

/** The node after a value and everything in it. */
export function nodeAfter(outline: Outline, node: number): number {
  return isContainer(outline, node) ? (outline.ends[node] as number) : node + 1
}

/** A scalar's token as it is written. */
export function tokenAt({ text, starts, ends }: Outline, node: number): string {
  return text.slice(starts[node], ends[node])
}

/** What a key says, its escapes read. */
export function keyAt(outline: Outline, node: number): string {
  const token = tokenAt(outline, node)
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
}

/** How many backslashes directly precede a position in a text, counted no further back than `start`. */
export function backslashesBefore(text: string, end: number, start: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at -= 1
  return end - at
}

/** Jumps from quote to quote: a regular expression would keep a state for every character of a large image. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1)
  while (quote !== -1 && backslashesBefore(text, quote, start) % 2 === 1) quote = text.indexOf('"', quote + 1)
  if (quote === -1) throw new SyntaxError('The JSON text ends inside a string; close every quotation mark.')
  return quote + 1
}

function endOfLiteral(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit <= SPACE || unit === COMMA || unit === CLOSE_BRACE || unit === CLOSE_BRACKET) break
  }
  return at
}
