import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../lib/json/characters.ts'
import { textOf } from '../lib/json/utf8.ts'
import { followingNode, isArrayNode, isObjectNode, type JsonNodes, readNodes } from './json-nodes.ts'
import { respell } from './respell.ts'

/**
 * Asked about a member that is `true`, `false`, `null` or an object: the keys down to it, and its token as written (of an
 * object `{`). True leaves it out. Strings, numbers and arrays are never switches, and reading their keys would take longer
 * than the rest.
 */
export type OmitMember = (path: readonly string[], value: string) => boolean

/** Takes the form in order. The bytes are valid during the call only. */
export type Emit = (piece: Uint8Array) => void

/** An object (with its key nodes in order) or an array that is being written: `next` counts its members, or is the next node. */
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
 * @param bytes JSON in UTF-8 that JSON.parse has accepted; no bytes have an empty form.
 * @param omit asked about members of the top object and of the objects directly in it; a key that appears there twice is kept
 *   without asking.
 * @throws SyntaxError when a string or a bracket is not closed.
 */
export function canonicalize(bytes: Uint8Array<ArrayBuffer>, emit: Emit, omit?: OmitMember): void {
  const nodes = readNodes(bytes)
  const writer = new Writer(nodes, emit)
  const frames: Frame[] = []
  let path: readonly string[] | undefined = omit && []
  let node = 0

  while (node < nodes.count) {
    if (isObjectNode(nodes, node)) {
      writer.byte(OPEN_BRACE)
      frames.push({ node, members: membersOf(nodes, node, path, omit), next: 0, path })
    } else if (isArrayNode(nodes, node)) {
      writer.byte(OPEN_BRACKET)
      frames.push({ node, members: undefined, next: node + 1, path: undefined })
    } else {
      writer.token(node)
    }

    let frame = frames.at(-1)
    while (frame && frame.next === (frame.members?.length ?? nodes.ends[frame.node])) {
      writer.byte(frame.members ? CLOSE_BRACE : CLOSE_BRACKET)
      frames.pop()
      frame = frames.at(-1)
    }
    if (!frame) break

    const keyNode = frame.members?.[frame.next]
    if (keyNode === undefined) {
      if (frame.next > frame.node + 1) writer.byte(COMMA)
      node = frame.next
      frame.next = followingNode(nodes, node)
      path = undefined
    } else {
      if (frame.next > 0) writer.byte(COMMA)
      frame.next++
      writer.token(keyNode)
      writer.byte(COLON)
      node = keyNode + 1
      path =
        frame.path && frame.path.length + 1 < OMIT_DEPTH ? [...frame.path, keyOf(nodes, keyNode)] : undefined
    }
  }
  writer.flush()
}

/** The key nodes of an object in their order, without the members to leave out. */
function membersOf(
  nodes: JsonNodes,
  node: number,
  path: readonly string[] | undefined,
  omit: OmitMember | undefined,
): readonly number[] {
  const members: number[] = []
  const end = nodes.ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = followingNode(nodes, keyNode + 1)) {
    let at = members.length
    if (at < INSERTED_MEMBERS)
      while (at > 0 && compareKeys(nodes, members[at - 1] as number, keyNode) > 0) at--
    insert(members, at, keyNode)
  }
  if (members.length > INSERTED_MEMBERS) members.sort((one, other) => compareKeys(nodes, one, other))
  if (!path || !omit) return members
  const isRepeated = (one: number, other: number | undefined) =>
    other !== undefined && compareKeys(nodes, one, other) === 0
  return members.filter(
    (keyNode, index) =>
      !isSwitch(nodes, keyNode + 1) ||
      isRepeated(keyNode, members[index - 1]) ||
      isRepeated(keyNode, members[index + 1]) ||
      !omit([...path, keyOf(nodes, keyNode)], tokenText(nodes, keyNode + 1)),
  )
}

function insert(members: number[], at: number, keyNode: number): void {
  members.push(keyNode)
  for (let moved = members.length - 1; moved > at; moved--) members[moved] = members[moved - 1] as number
  members[at] = keyNode
}

function compareKeys(nodes: JsonNodes, one: number, other: number): number {
  const { bytes, starts, ends, respelled } = nodes
  if (respelled.size > 0 && (respelled.has(one) || respelled.has(other))) {
    const [first, second] = [spelling(nodes, one), spelling(nodes, other)]
    return compareBytes(first, 1, first.length - 1, second, 1, second.length - 1)
  }
  const [start, otherStart] = [starts[one] as number, starts[other] as number]
  const [end, otherEnd] = [ends[one] as number, ends[other] as number]
  return compareBytes(bytes, start + 1, end - 1, bytes, otherStart + 1, otherEnd - 1)
}

function compareBytes(
  one: Uint8Array,
  from: number,
  to: number,
  other: Uint8Array,
  otherFrom: number,
  otherTo: number,
): number {
  const length = Math.min(to - from, otherTo - otherFrom)
  for (let at = 0; at < length; at++) {
    const difference = (one[from + at] as number) - (other[otherFrom + at] as number)
    if (difference !== 0) return difference
  }
  return to - from - (otherTo - otherFrom)
}

function spelling(nodes: JsonNodes, node: number): Uint8Array {
  const token = nodes.bytes.subarray(nodes.starts[node], nodes.ends[node])
  if (!nodes.respelled.has(node)) return token
  const pieces: number[] = [QUOTE]
  respell(token, (piece) => {
    for (const byte of piece) pieces.push(byte)
  })
  return Uint8Array.from([...pieces, QUOTE])
}

/** What a key says, its escapes read. */
function keyOf(nodes: JsonNodes, node: number): string {
  return JSON.parse(textOf(nodes.bytes.subarray(nodes.starts[node], nodes.ends[node])))
}

/** Whether a value is `true`, `false`, `null` or an object. */
function isSwitch({ bytes, starts }: JsonNodes, node: number): boolean {
  const byte = bytes[starts[node] as number] as number
  return byte === OPEN_BRACE || (byte >= LETTER_A && byte <= LETTER_Z)
}

/** A word as it is written; the bracket of an object. */
function tokenText(nodes: JsonNodes, node: number): string {
  if (isObjectNode(nodes, node)) return '{'
  return textOf(nodes.bytes.subarray(nodes.starts[node], nodes.ends[node]))
}

/** Joins small pieces, and passes large tokens on without copying them. */
class Writer {
  readonly #nodes: JsonNodes
  readonly #emit: Emit
  readonly #joined: Uint8Array
  #length = 0

  constructor(nodes: JsonNodes, emit: Emit) {
    this.#nodes = nodes
    this.#emit = emit
    this.#joined = new Uint8Array(Math.min(JOINED_BYTES, nodes.bytes.length))
  }

  byte(byte: number): void {
    if (this.#length === this.#joined.length) this.flush()
    this.#joined[this.#length++] = byte
  }

  /** A string, number or word in its one spelling. */
  token(node: number): void {
    const { bytes, starts, ends, respelled } = this.#nodes
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
