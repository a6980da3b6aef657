import {
  backslashesBefore,
  isArray,
  isContainer,
  isObject,
  keyAt,
  nodeAfter,
  type Outline,
  readOutline,
  tokenAt,
} from '../lib/json/outline.ts'

/** Asked about a member: the keys down to it, and its token as written (of an object or array, `{` or `[`). True leaves it out. */
export type OmitMember = (path: readonly string[], value: string) => boolean

type Member = { key: string; keyNode: number }

/** An object (with members) or an array that is being written: `next` counts its members, or is the next node. */
type Frame = {
  node: number
  members: Member[] | undefined
  next: number
  path: readonly string[] | undefined
}

type Write = (piece: string) => void

/** Small pieces are joined up to here, so that a hash is fed a few times and not once for every comma. */
const JOINED_CODE_UNITS = 16 * 1024

/** A code unit is at most 3 bytes of UTF-8, so a piece stays under 1 MiB in that encoding too. */
const PIECE_CODE_UNITS = 256 * 1024

/** The longest escape is a backslash, `u` and four digits. */
const ESCAPE_CODE_UNITS = 6

/** The switches to leave out are at the top (`stream`) or one below (`parameters.stream`). */
const OMIT_DEPTH = 2

const LOW_SURROGATE = /^(?:[\uDC00-\uDFFF]|\\u[dD][c-fC-F])/

/**
 * Writes the canonical form of a JSON text: keys sorted by the code units of what they say, no white space, one
 * spelling for every string, numbers as written. `1` and `1.0` stay different because a reader behind this one may
 * tell them apart, and duplicate keys all stay in their order because RFC 8259 section 4 leaves open which counts.
 *
 * It works on an outline of the text and not on a parsed value: parsing would round numbers, and a large image
 * would be copied. The outline needs no recursion, so depth costs memory only.
 *
 * @param text JSON that JSON.parse has accepted; an empty text has an empty form.
 * @param emit takes the form in order, in pieces under 1 MiB that never end inside a surrogate pair.
 * @param omit asked about each member of the top object and of the objects directly in it; a key that stands there twice
 *   is kept without asking.
 * @throws SyntaxError when a string or a bracket is not closed.
 */
export function canonicalize(
  text: string,
  emit: (piece: string) => void,
  omit?: OmitMember,
  outline: Outline = readOutline(text),
): void {
  const { starts, ends } = outline
  const isWellFormed = text.isWellFormed()
  const { write, flush } = joinPieces(emit)
  const frames: Frame[] = []
  let path: readonly string[] | undefined = omit && []
  let node = 0

  while (node < starts.length) {
    if (isObject(outline, node)) {
      write('{')
      frames.push({ node, members: readMembers(outline, node, path, omit), next: 0, path })
    } else if (isArray(outline, node)) {
      write('[')
      frames.push({ node, members: undefined, next: node + 1, path: undefined })
    } else {
      writeToken(tokenAt(outline, node), isWellFormed, write)
    }

    let frame = frames.at(-1)
    while (frame && frame.next === (frame.members?.length ?? ends[frame.node])) {
      write(frame.members ? '}' : ']')
      frames.pop()
      frame = frames.at(-1)
    }
    if (!frame) break

    const member: Member | undefined = frame.members?.[frame.next]
    if (member) {
      if (frame.next > 0) write(',')
      frame.next += 1
      writeToken(tokenAt(outline, member.keyNode), isWellFormed, write)
      write(':')
      node = member.keyNode + 1
      path = frame.path && frame.path.length + 1 < OMIT_DEPTH ? [...frame.path, member.key] : undefined
    } else {
      if (frame.next > frame.node + 1) write(',')
      node = frame.next
      frame.next = nodeAfter(outline, node)
      path = undefined
    }
  }
  flush()
}

function readMembers(
  outline: Outline,
  node: number,
  path: readonly string[] | undefined,
  omit: OmitMember | undefined,
): Member[] {
  const members: Member[] = []
  const end = outline.ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = nodeAfter(outline, keyNode + 1)) {
    members.push({ key: keyAt(outline, keyNode), keyNode })
  }
  members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  if (!path || !omit) return members
  return members.filter(({ key, keyNode }, index) => {
    const isRepeated = key === members[index - 1]?.key || key === members[index + 1]?.key
    if (isRepeated) return true
    const value = keyNode + 1
    const token = isContainer(outline, value)
      ? (outline.text[outline.starts[value] as number] as string)
      : tokenAt(outline, value)
    return !omit([...path, key], token)
  })
}

/**
 * A string without a backslash already has the one spelling that JSON.stringify gives it, unless it holds half of
 * a surrogate pair, which is spelled as an escape so that no later encoding turns different halves into U+FFFD.
 */
function writeToken(token: string, isWellFormed: boolean, write: Write): void {
  if (!token.startsWith('"') || (isWellFormed && !token.includes('\\'))) {
    write(token)
    return
  }
  write('"')
  for (let from = 1; from < token.length - 1; ) {
    const to = endOfPiece(token, from, token.length - 1)
    write(JSON.stringify(JSON.parse(`"${token.slice(from, to)}"`)).slice(1, -1))
    from = to
  }
  write('"')
}

/** Where a piece that begins at `from` ends: never inside an escape, and never between the halves of a pair. */
function endOfPiece(text: string, from: number, end: number): number {
  let to = from + PIECE_CODE_UNITS
  if (to >= end) return end
  const near = to - ESCAPE_CODE_UNITS + 1
  const backslash = near + text.slice(near, to).lastIndexOf('\\')
  if (backslash >= near && backslashesBefore(text, backslash, from) % 2 === 0) {
    to = Math.max(to, backslash + (text[backslash + 1] === 'u' ? ESCAPE_CODE_UNITS : 2))
  }
  const following = text.slice(to, to + ESCAPE_CODE_UNITS)
  if (LOW_SURROGATE.test(following)) to += following.startsWith('\\') ? ESCAPE_CODE_UNITS : 1
  return Math.min(to, end)
}

/** Gives small pieces out together and cuts large ones. */
function joinPieces(emit: (piece: string) => void): { write: Write; flush: () => void } {
  let joined = ''
  const flush = (): void => {
    if (joined !== '') emit(joined)
    joined = ''
  }
  const write = (piece: string): void => {
    if (piece.length < JOINED_CODE_UNITS) {
      joined += piece
      if (joined.length >= JOINED_CODE_UNITS) flush()
      return
    }
    flush()
    for (let from = 0; from < piece.length; ) {
      const to = endOfPiece(piece, from, piece.length)
      emit(piece.slice(from, to))
      from = to
    }
  }
  return { write, flush }
}
