/** Asked about a scalar member: the keys down to it, and its token as written. True leaves the member out. */
export type LeftOut = (path: readonly string[], value: string) => boolean

/**
 * The values of a text in document order, each key directly before its value. `starts[n]` is where value n begins
 * in the text. `ends[n]` is where its token ends in the text, or, for an object or array, the number of the first
 * value behind everything in it.
 */
type Outline = { text: string; isWellFormed: boolean; starts: number[]; ends: number[] }

type Member = { key: string; keyNode: number }

/** An object (with members) or an array that is being written: `next` counts its members, or is the next node. */
type Frame = {
  node: number
  members: Member[] | undefined
  next: number
  path: readonly string[] | undefined
}

type Write = (piece: string) => void

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SPACE = 0x20

/** Small pieces are joined up to here, so that a hash is fed a few times and not once for every comma. */
const JOINED_CODE_UNITS = 16 * 1024

/** A code unit is at most 3 bytes of UTF-8, so a piece stays under 1 MiB in that encoding too. */
const PIECE_CODE_UNITS = 256 * 1024

/** The longest escape is a backslash, `u` and four digits. */
const ESCAPE_CODE_UNITS = 6

/** The switches to leave out stand at the top (`stream`) or one below (`parameters.stream`). */
const LEFT_OUT_DEPTH = 2

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
 * @param leftOut asked about each scalar member of the top object and of the objects directly in it; a key that
 *   stands there twice is kept without asking.
 * @throws SyntaxError when a string or a bracket is not closed.
 */
export function canonicalize(text: string, emit: (piece: string) => void, leftOut?: LeftOut): void {
  const outline = readOutline(text)
  const { starts, ends } = outline
  const { write, flush } = joinPieces(emit)
  const frames: Frame[] = []
  let path: readonly string[] | undefined = leftOut && []
  let node = 0

  while (node < starts.length) {
    const opening = text.charCodeAt(starts[node] as number)
    if (opening === OPEN_BRACE) {
      write('{')
      frames.push({ node, members: readMembers(outline, node, path, leftOut), next: 0, path })
    } else if (opening === OPEN_BRACKET) {
      write('[')
      frames.push({ node, members: undefined, next: node + 1, path: undefined })
    } else {
      writeToken(outline, node, write)
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
      writeToken(outline, member.keyNode, write)
      write(':')
      node = member.keyNode + 1
      path = frame.path && frame.path.length + 1 < LEFT_OUT_DEPTH ? [...frame.path, member.key] : undefined
    } else {
      if (frame.next > frame.node + 1) write(',')
      node = frame.next
      frame.next = nodeAfter(outline, node)
      path = undefined
    }
  }
  flush()
}

function readOutline(text: string): Outline {
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
  return { text, isWellFormed: text.isWellFormed(), starts, ends }
}

/** Jumps from quote to quote: a regular expression would keep a state for every character of a large image. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1)
  while (quote !== -1 && backslashesBefore(text, quote, start) % 2 === 1) quote = text.indexOf('"', quote + 1)
  if (quote === -1) throw new SyntaxError('The JSON text ends inside a string; close every quotation mark.')
  return quote + 1
}

function backslashesBefore(text: string, end: number, start: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at -= 1
  return end - at
}

function endOfLiteral(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit <= SPACE || unit === COMMA || unit === CLOSE_BRACE || unit === CLOSE_BRACKET) break
  }
  return at
}

function isContainer({ text, starts }: Outline, node: number): boolean {
  const unit = text.charCodeAt(starts[node] as number)
  return unit === OPEN_BRACE || unit === OPEN_BRACKET
}

function nodeAfter(outline: Outline, node: number): number {
  return isContainer(outline, node) ? (outline.ends[node] as number) : node + 1
}

function readMembers(
  outline: Outline,
  node: number,
  path: readonly string[] | undefined,
  leftOut: LeftOut | undefined,
): Member[] {
  const { text, starts, ends } = outline
  const members: Member[] = []
  const end = ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = nodeAfter(outline, keyNode + 1)) {
    const token = text.slice(starts[keyNode], ends[keyNode])
    members.push({ key: token.includes('\\') ? JSON.parse(token) : token.slice(1, -1), keyNode })
  }
  members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  if (!path || !leftOut) return members
  return members.filter(({ key, keyNode }, index) => {
    const isRepeated = key === members[index - 1]?.key || key === members[index + 1]?.key
    if (isRepeated || isContainer(outline, keyNode + 1)) return true
    return !leftOut([...path, key], text.slice(starts[keyNode + 1], ends[keyNode + 1]))
  })
}

/**
 * A string without a backslash already has the one spelling that JSON.stringify gives it, unless it holds half of
 * a surrogate pair, which is spelled as an escape so that no later encoding turns different halves into U+FFFD.
 */
function writeToken({ text, isWellFormed, starts, ends }: Outline, node: number, write: Write): void {
  const token = text.slice(starts[node], ends[node])
  if (token.charCodeAt(0) !== QUOTE || (isWellFormed && !token.includes('\\'))) {
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
