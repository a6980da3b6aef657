import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LETTER_U,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SLASH,
  SPACE,
} from './characters.ts'
import { textOf } from './utf8.ts'

/**
 * The values of a JSON text as byte positions, in document order, each key directly before its value. A node is the
 * index of a value in this list. `starts[node]` is where the value begins. `ends[node]` is where its token ends, or,
 * for an object or array, the first node after everything in it.
 */
export interface Outline {
  bytes: Uint8Array<ArrayBuffer>
  count: number
  starts: Int32Array
  ends: Int32Array
  /** Nodes of strings with an escape that has an alternative encoding: `\uXXXX` or `\/`. */
  respelled: ReadonlySet<number>
}

/** Most texts have at most one value per 8 bytes; the arrays grow if there are more. */
const BYTES_PER_NODE = 8

/** Up to this length, a string is searched byte by byte, which is no slower than a call of `indexOf`. */
const SHORT_STRING_BYTES = 64

/**
 * Finds the positions of the values in a JSON text. It reads bytes and stores positions: making strings would take
 * several times as long, and a large image would be copied. It is not recursive, so depth only costs memory.
 *
 * @param bytes valid JSON in UTF-8, as JSON.parse accepts it; empty input has no nodes.
 * @param text the same as a string, if the caller has it: V8 searches ASCII text ten times as fast as bytes.
 * @throws SyntaxError if a string or a bracket is not closed.
 */
export function readOutline(bytes: Uint8Array<ArrayBuffer>, text?: string): Outline {
  // Any other character has more bytes than code units.
  const ascii = text?.length === bytes.length ? text : undefined
  let starts = new Int32Array(16 + Math.ceil(bytes.length / BYTES_PER_NODE))
  let ends = new Int32Array(starts.length)
  const respelled = new Set<number>()
  const open: number[] = []
  let count = 0
  let at = startOfText(bytes)
  while (at < bytes.length) {
    const byte = bytes[at] as number
    if (byte <= SPACE || byte === COMMA || byte === COLON) {
      at++
      continue
    }
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      ends[open.pop() ?? 0] = count
      at++
      continue
    }
    if (count === starts.length) {
      starts = grown(starts)
      ends = grown(ends)
    }
    starts[count] = at
    if (byte === QUOTE) {
      const end = endOfString(bytes, ascii, at)
      if (end < 0) respelled.add(count)
      at = Math.abs(end)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      open.push(count)
      at++
    } else {
      at = endOfLiteral(bytes, at)
    }
    ends[count++] = at
  }
  if (open.length > 0) throw new SyntaxError('The JSON text ends inside a bracket; close every bracket.')
  return { bytes, count, starts, ends, respelled }
}

/** Whether a node is an object. */
export function isObject({ bytes, starts }: Outline, node: number): boolean {
  return bytes[starts[node] as number] === OPEN_BRACE
}

/** Whether a node is an array. */
export function isArray({ bytes, starts }: Outline, node: number): boolean {
  return bytes[starts[node] as number] === OPEN_BRACKET
}

/** The node after a value and all its descendants. */
export function nodeAfter(outline: Outline, node: number): number {
  const byte = outline.bytes[outline.starts[node] as number]
  return byte === OPEN_BRACE || byte === OPEN_BRACKET ? (outline.ends[node] as number) : node + 1
}

/** The token of a scalar, as written in the text. */
export function tokenAt({ bytes, starts, ends }: Outline, node: number): string {
  return textOf(bytes.subarray(starts[node], ends[node]))
}

/** The key at a node, unescaped. */
export function keyAt(outline: Outline, node: number): string {
  const token = tokenAt(outline, node)
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
}

/** Skips a byte order mark. */
function startOfText([first, second, third]: Uint8Array): number {
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0
}

function grown(positions: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * positions.length)
  more.set(positions)
  return more
}

/** The end of a string; negative if the string has an escape with an alternative encoding. */
function endOfString(bytes: Uint8Array, ascii: string | undefined, start: number): number {
  let isRespelled = false
  let at = start + 1
  let searchFrom = start + SHORT_STRING_BYTES
  let quote = 0
  while (at < bytes.length) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return isRespelled ? -(at + 1) : at + 1
    if (byte === BACKSLASH) {
      const escaped = bytes[at + 1]
      isRespelled ||= escaped === LETTER_U || escaped === SLASH
      at += 2
    } else if (at < searchFrom) {
      at++
    } else {
      // Searched again only after it is passed: in a text full of escapes the next quote may be megabytes away.
      if (quote < at) quote = ascii === undefined ? bytes.indexOf(QUOTE, at) : ascii.indexOf('"', at)
      if (quote < 0) break
      const backslash =
        ascii === undefined
          ? bytes.subarray(at, quote).indexOf(BACKSLASH)
          : ascii.slice(at, quote).indexOf('\\')
      at = backslash < 0 ? quote : at + backslash
      // Escapes come in clusters, as in code, so search for the next one byte by byte again.
      searchFrom = at + SHORT_STRING_BYTES
    }
  }
  throw new SyntaxError('The JSON text ends inside a string; close every quotation mark.')
}

function endOfLiteral(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte <= SPACE || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) break
  }
  return at
}
