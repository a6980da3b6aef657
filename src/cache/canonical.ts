import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../lib/json/characters.ts'
import { compareKeys } from '../lib/json/compare-keys.ts'
import { isArray, isObject, keyAt, nodeAfter, type Outline, tokenAt } from '../lib/json/outline.ts'
import { respell } from '../lib/json/respell.ts'

/**
 * Asked about a member that is `true`, `false`, `null` or an object: the keys down to it, and its token as written (of an
 * object `{`). True leaves it out. Strings, numbers and arrays are never switches, and reading their keys would take longer
 * than the rest.
 */
export type OmitMember = (path: readonly string[], value: string) => boolean

/** Takes the form in order. The bytes are valid during the call only. */
export type Emit = (piece: Uint8Array) => void

/** An object (with its key outline in order) or an array that is being written: `next` counts its members, or is the next node. */
interface Frame {
  node: number
  members: readonly number[] | undefined
  next: number
  path: readonly string[] | undefined
}

/** The switches to leave out are at the top (`stream`) or one below (`parameters.stream`). */
const OMIT_DEPTH = 2

/** Small pieces are joined up to here, so that a hash is fed a few times and not once for every comma. */
const JOINED_BYTES = 16 * 1024

/** An object of so many members is sorted as it is read, which takes a fraction of the time of `sort`. */
const INSERTED_MEMBERS = 16

/** Up to here bytes are copied one by one: a call of `set` costs as much as that. */
const SHORT_TOKEN_BYTES = 48

const LETTER_A = 0x61
const LETTER_Z = 0x7a

/**
 * Writes the canonical form of a JSON text: keys sorted by the bytes of their spelling, no white space, one spelling for every
 * string, numbers as written. `1` and `1.0` stay different because the upstream may tell them apart, and duplicate keys all
 * stay in their order because RFC 8259 section 4 leaves open which counts.
 *
 * It works on positions in the text and not on a parsed value: parsing would round numbers, and a large image would be
 * copied. It needs no recursion, so depth costs memory only.
 *
 * @param outline of the text; that of an empty text has an empty form.
 * @param omit asked about members of the top object and of the objects directly in it; a key that appears there twice is kept
 *   without asking.
 */
export function canonicalize(outline: Outline, emit: Emit, omit?: OmitMember): void {
  const writer = new Writer(outline, emit)
  const frames: Frame[] = []
  let path: readonly string[] | undefined = omit && []
  let node = 0

  while (node < outline.count) {
    if (isObject(outline, node)) {
      writer.byte(OPEN_BRACE)
      frames.push({ node, members: membersOf(outline, node, path, omit), next: 0, path })
    } else if (isArray(outline, node)) {
      writer.byte(OPEN_BRACKET)
      frames.push({ node, members: undefined, next: node + 1, path: undefined })
    } else {
      writer.token(node)
    }

    let frame = frames.at(-1)
    while (frame && frame.next === (frame.members?.length ?? outline.ends[frame.node])) {
      writer.byte(frame.members ? CLOSE_BRACE : CLOSE_BRACKET)
      frames.pop()
      frame = frames.at(-1)
    }
    if (!frame) break

    const keyNode = frame.members?.[frame.next]
    if (keyNode === undefined) {
      if (frame.next > frame.node + 1) writer.byte(COMMA)
      node = frame.next
      frame.next = nodeAfter(outline, node)
      path = undefined
    } else {
      if (frame.next > 0) writer.byte(COMMA)
      frame.next++
      writer.token(keyNode)
      writer.byte(COLON)
      node = keyNode + 1
      path =
        frame.path && frame.path.length + 1 < OMIT_DEPTH
          ? [...frame.path, keyAt(outline, keyNode)]
          : undefined
    }
  }
  writer.flush()
}

/** The key outline of an object in their order, without the members to leave out. */
function membersOf(
  outline: Outline,
  node: number,
  path: readonly string[] | undefined,
  omit: OmitMember | undefined,
): readonly number[] {
  const members: number[] = []
  const end = outline.ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = nodeAfter(outline, keyNode + 1)) {
    let at = members.length
    if (at < INSERTED_MEMBERS)
      while (at > 0 && compareKeys(outline, members[at - 1] as number, keyNode) > 0) at--
    insert(members, at, keyNode)
  }
  if (members.length > INSERTED_MEMBERS) members.sort((one, other) => compareKeys(outline, one, other))
  if (!path || !omit) return members
  const isRepeated = (one: number, other: number | undefined) =>
    other !== undefined && compareKeys(outline, one, other) === 0
  return members.filter(
    (keyNode, index) =>
      !isSwitch(outline, keyNode + 1) ||
      isRepeated(keyNode, members[index - 1]) ||
      isRepeated(keyNode, members[index + 1]) ||
      !omit([...path, keyAt(outline, keyNode)], tokenText(outline, keyNode + 1)),
  )
}

function insert(members: number[], at: number, keyNode: number): void {
  members.push(keyNode)
  for (let moved = members.length - 1; moved > at; moved--) members[moved] = members[moved - 1] as number
  members[at] = keyNode
}

/** Whether a value is `true`, `false`, `null` or an object. */
function isSwitch({ bytes, starts }: Outline, node: number): boolean {
  const byte = bytes[starts[node] as number] as number
  return byte === OPEN_BRACE || (byte >= LETTER_A && byte <= LETTER_Z)
}

/** A word as it is written; the bracket of an object. */
function tokenText(outline: Outline, node: number): string {
  return isObject(outline, node) ? '{' : tokenAt(outline, node)
}

/** Joins small pieces, and passes large tokens on without copying them. */
class Writer {
  readonly #outline: Outline
  readonly #emit: Emit
  readonly #joined: Uint8Array
  #length = 0

  constructor(outline: Outline, emit: Emit) {
    this.#outline = outline
    this.#emit = emit
    this.#joined = new Uint8Array(Math.min(JOINED_BYTES, outline.bytes.length))
  }

  byte(byte: number): void {
    if (this.#length === this.#joined.length) this.flush()
    this.#joined[this.#length++] = byte
  }

  /** A string, number or word in its one spelling. */
  token(node: number): void {
    const { bytes, starts, ends, respelled } = this.#outline
    const [start, end] = [starts[node] as number, ends[node] as number]
    if (respelled.size === 0 || !respelled.has(node)) {
      this.#bytes(bytes, start, end)
      return
    }
    this.byte(QUOTE)
    respell(bytes.subarray(start, end), (piece) => this.#bytes(piece, 0, piece.length))
    this.byte(QUOTE)
  }

  flush(): void {
    if (this.#length > 0) this.#emit(this.#joined.subarray(0, this.#length))
    this.#length = 0
  }

  #bytes(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#length + length > this.#joined.length) this.flush()
    if (length > this.#joined.length) {
      this.#emit(bytes.subarray(start, end))
      return
    }
    if (length > SHORT_TOKEN_BYTES) this.#joined.set(bytes.subarray(start, end), this.#length)
    else for (let at = 0; at < length; at++) this.#joined[this.#length + at] = bytes[start + at] as number
    this.#length += length
  }
}
