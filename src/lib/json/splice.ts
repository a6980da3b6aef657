import { CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET } from './characters.ts'
import { isObject, keyAt, nodeAfter, type Outline } from './outline.ts'
import { bytesOf } from './utf8.ts'

/** A replacement for a range of bytes of a text; an insertion if the range is empty. */
export interface Splice {
  from: number
  to: number
  piece: string
}

/** Changes to a body: members to insert at its top level, and splices elsewhere. */
export interface Additions {
  members: string[]
  splices: Splice[]
}

/** The value nodes of an object's members by their keys; empty for a node that is not an object. */
export function membersOf(outline: Outline, node: number): Map<string, number> {
  const members = new Map<string, number>()
  if (node >= outline.count || !isObject(outline, node)) return members
  const end = outline.ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = nodeAfter(outline, keyNode + 1)) {
    members.set(keyAt(outline, keyNode), keyNode + 1)
  }
  return members
}

/** Inserts members or elements, given as JSON text, at the start of an object or array. */
export function prepend(outline: Outline, node: number, pieces: readonly string[]): Splice {
  const at = (outline.starts[node] as number) + 1
  const isEmpty = outline.ends[node] === node + 1
  return { from: at, to: at, piece: pieces.join(',') + (isEmpty ? '' : ',') }
}

/** Replaces a scalar, or an empty array or object. */
export function replaceEmpty(outline: Outline, node: number, piece: string): Splice {
  const { bytes, starts, ends } = outline
  const from = starts[node] as number
  const closing = closingOf(bytes[from])
  const to = closing === undefined ? (ends[node] as number) : bytes.indexOf(closing, from) + 1
  return { from, to, piece }
}

/** The closing bracket for the first byte of an object or array; undefined for a scalar. */
function closingOf(byte: number | undefined): number | undefined {
  return byte === OPEN_BRACKET ? CLOSE_BRACKET : byte === OPEN_BRACE ? CLOSE_BRACE : undefined
}

/** A member of an object as JSON text. */
export function memberText(key: string, value: unknown): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`
}

/** The bytes of a text with all splices applied; they must not overlap. */
export function spliced(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { from, to, piece } of [...splices].sort((a, b) => a.from - b.from)) {
    pieces.push(bytes.subarray(at, from), bytesOf(piece))
    at = to
  }
  pieces.push(bytes.subarray(at))
  const result = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const piece of pieces) {
    result.set(piece, end)
    end += piece.length
  }
  return result
}

/** The end of a value in the bytes, brackets included. */
export function endOfValue(outline: Outline, node: number): number {
  const { bytes, starts, ends } = outline
  const start = starts[node] as number
  const closing = closingOf(bytes[start])
  if (closing === undefined) return ends[node] as number
  let last: number | undefined
  for (let child = node + 1; child < (ends[node] as number); child = nodeAfter(outline, child)) last = child
  return bytes.indexOf(closing, last === undefined ? start : endOfValue(outline, last)) + 1
}
