import { BACKSLASH, LETTER_U } from './characters.ts'
import { bytesOf, textOf } from './utf8.ts'

/** A string is re-encoded in pieces of this size, to bound the memory for strings of megabytes. */
const PIECE_BYTES = 256 * 1024

/** Bytes of one `\uXXXX`, and of a surrogate pair written as two. */
const ESCAPE_BYTES = 6
const PAIR_BYTES = 12

/**
 * Re-encodes a JSON string as JSON.stringify would: `\u0061` becomes `a`, `\/` becomes `/`, and a lone surrogate
 * stays an escape.
 *
 * @param token including its quotation marks.
 * @param emit receives the content without the quotation marks, in pieces of whole characters.
 */
export function respell(token: Uint8Array, emit: (piece: Uint8Array) => void): void {
  const end = token.length - 1
  for (let from = 1; from < end; ) {
    const to = endOfPiece(token, from, end)
    const said: string = JSON.parse(`"${textOf(token.subarray(from, to))}"`)
    emit(bytesOf(JSON.stringify(said).slice(1, -1)))
    from = to
  }
}

/**
 * The end of the piece that begins at `from`: never inside an escape or a character, or between the halves of a
 * surrogate pair.
 */
function endOfPiece(token: Uint8Array, from: number, end: number): number {
  if (end - from <= PIECE_BYTES) return end
  let at = from
  while (at < from + PIECE_BYTES) at += token[at] === BACKSLASH ? escapeLength(token, at) : 1
  while (at < end && isContinuation(token[at] as number)) at++
  return Math.min(at, end)
}

function escapeLength(token: Uint8Array, at: number): number {
  if (token[at + 1] !== LETTER_U) return 2
  const next = at + ESCAPE_BYTES
  const isFollowed = token[next] === BACKSLASH && token[next + 1] === LETTER_U
  return isFollowed && /^d[89ab]/i.test(digits(token, at)) && /^d[c-f]/i.test(digits(token, next))
    ? PAIR_BYTES
    : ESCAPE_BYTES
}

/** The first two hexadecimal digits of an escape; they identify the halves of surrogate pairs. */
function digits(token: Uint8Array, at: number): string {
  return String.fromCharCode(token[at + 2] as number, token[at + 3] as number)
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0
}
