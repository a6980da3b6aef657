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
 * Whether to omit a member that is `true`, `false`, `null` or an object, given the keys down to it and its token as
 * written (`{` for an object). Not called for strings, numbers and arrays: they are never switches, and reading their
 * keys would take longer than the rest.
 */
export type OmitMember = (path: readonly string[], value: string) => boolean

/** Receives the canonical form in order. The bytes are valid only during the call. */
export type Emit = (piece: Uint8Array) => void

/**
 * An object or array that is being written. For an object, `next` is an index into its sorted keys; for an array, it
 * is the next node.
 */
interface OpenContainer {
  /** The container around it. A list of all would be read with a call for each value. */
  parent: OpenContainer | undefined
  node: number
  members: readonly number[] | undefined
  next: number
  path: readonly string[] | undefined
}

/** Omitted switches are at the top level (`stream`) or one below (`parameters.stream`). */
const OMIT_DEPTH = 2

/** Small pieces are joined up to this size, so that the hash is updated a few times and not once per comma. */
const JOINED_BYTES = 16 * 1024

/** Up to this many members, an object is sorted by insertion, which takes a fraction of the time of `sort`. */
const INSERTED_MEMBERS = 16

/** Up to this length, bytes are copied one by one, which is no slower than a call of `set`. */
const SHORT_TOKEN_BYTES = 48

const LETTER_A = 0x61
const LETTER_Z = 0x7a

/**
 * Writes the canonical form of a JSON text: keys sorted by their encoded bytes, no white space, one encoding for
 * every string, numbers as written. `1` and `1.0` stay different because the upstream may distinguish them. Duplicate
 * keys all stay, in their order, because RFC 8259 section 4 does not define which one counts.
 *
 * It works on positions in the text and not on a parsed value: parsing would round numbers and copy large images. It
 * is not recursive, so depth only costs memory.
 *
 * @param outline the outline of the text; that of an empty text has an empty form.
 * @param omit called for members of the top object and of the objects directly in it, except for duplicate keys,
 *   which are kept.
 */
export function canonicalize(outline: Outline, emit: Emit, omit?: OmitMember): void {
  const writer = new Writer(outline, emit)
  let container: OpenContainer | undefined
  let path: readonly string[] | undefined = omit && []
  let node = 0

  while (node < outline.count) {
    if (isObject(outline, node)) {
      writer.byte(OPEN_BRACE)
      container = { parent: container, node, members: membersOf(outline, node, path, omit), next: 0, path }
    } else if (isArray(outline, node)) {
      writer.byte(OPEN_BRACKET)
      container = { parent: container, node, members: undefined, next: node + 1, path: undefined }
    } else {
      writer.token(node)
    }

    while (container && container.next === (container.members?.length ?? outline.ends[container.node])) {
      writer.byte(container.members ? CLOSE_BRACE : CLOSE_BRACKET)
      container = container.parent
    }
    if (!container) break

    const keyNode = container.members?.[container.next]
    if (keyNode === undefined) {
      if (container.next > container.node + 1) writer.byte(COMMA)
      node = container.next
      container.next = nodeAfter(outline, node)
      path = undefined
    } else {
      if (container.next > 0) writer.byte(COMMA)
      container.next++
      writer.token(keyNode)
      writer.byte(COLON)
      node = keyNode + 1
      path =
        container.path && container.path.length + 1 < OMIT_DEPTH
          ? [...container.path, keyAt(outline, keyNode)]
          : undefined
    }
  }
  writer.flush()
}

/** The sorted key nodes of an object, without the omitted members. */
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

/** The token of a word as written; `{` for an object. */
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

  /** Writes a string, number or word in canonical form. */
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
