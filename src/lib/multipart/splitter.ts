import { bytesOf, textOf } from '../json/utf8.ts'
import { MultipartFault } from './fault.ts'
import { type FindBytes, finderOf } from './find-bytes.ts'
import { type PartHead, readPartHead } from './part-head.ts'

/**
 * A piece of a multipart body, in order. `frame` and `content` together carry all bytes of the body, so that it can
 * be forwarded unchanged; the other kinds describe the parts. The pieces after `end` close the body.
 */
export type Piece =
  | { kind: 'frame'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'part'; head: PartHead }
  | { kind: 'content'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'part-end' }
  | { kind: 'end' }

/** The maximum length of the headers of one part: clients write about 200 bytes. */
const MAX_HEAD_BYTES = 8 * 1024

const CRLF = bytesOf('\r\n')
const EMPTY_LINE = bytesOf('\r\n\r\n')
const DASHES = bytesOf('--')

/**
 * Splits a multipart body (RFC 2046 section 5.1, RFC 7578) into its parts as it streams, in constant memory.
 *
 * It accepts exactly what clients write. Anything that parsers are known to interpret differently is refused, such as
 * text before the first part or after the last one, line feeds alone, and a boundary within a part: otherwise a
 * caller could show one file to the gateway and another one to DashScope.
 */
export class MultipartSplitter {
  readonly #delimiter: Uint8Array
  readonly #findDelimiter: FindBytes
  readonly #findEmptyLine = finderOf(EMPTY_LINE)
  #state: 'start' | 'head' | 'content' | 'end' = 'start'
  #hasBegun = false
  /** Bytes pushed but not returned yet: part of the headers, or a possible beginning of a delimiter. */
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(0)

  constructor(boundary: string) {
    this.#delimiter = bytesOf(`--${boundary}`)
    this.#findDelimiter = finderOf(this.#delimiter)
  }

  /**
   * Takes the next bytes of the body.
   *
   * @param headroom bytes before the chunk in its buffer that may be overwritten to avoid a copy.
   * @returns pieces that share the chunk's memory.
   * @throws MultipartFault
   */
  push(chunk: Uint8Array<ArrayBuffer>, headroom = 0): Piece[] {
    this.#pending = joined(this.#pending, chunk, headroom)
    const pieces: Piece[] = []
    while (this.#step(pieces)) {}
    // The chunk's memory belongs to the caller.
    this.#pending = this.#pending.slice()
    return pieces
  }

  /**
   * Must be called after the last bytes.
   *
   * @throws MultipartFault if the body is not complete.
   */
  end(): void {
    if (this.#state !== 'end' || this.#pending.byteLength > 0)
      throw new MultipartFault('The form breaks off: its closing boundary is missing.')
  }

  /** Parses the next piece of the pending bytes; false if more bytes are needed. */
  #step(pieces: Piece[]): boolean {
    switch (this.#state) {
      case 'start':
        return this.#start(pieces)
      case 'head':
        return this.#head(pieces)
      case 'content':
        return this.#content(pieces)
      case 'end':
        return this.#epilogue(pieces)
    }
  }

  /** Some clients start with the line break that belongs to every later delimiter. */
  #start(pieces: Piece[]): boolean {
    if (this.#pending.byteLength < CRLF.byteLength) return false
    if (startsWith(this.#pending, CRLF, 0) && !this.#hasBegun)
      pieces.push({ kind: 'frame', bytes: this.#take(CRLF.byteLength) })
    this.#hasBegun = true
    const length = this.#delimiter.byteLength + CRLF.byteLength
    if (this.#pending.byteLength < length) return false
    const isEmpty = startsWith(this.#pending, DASHES, this.#delimiter.byteLength)
    const isOpening =
      startsWith(this.#pending, this.#delimiter, 0) &&
      (isEmpty || startsWith(this.#pending, CRLF, this.#delimiter.byteLength))
    if (!isOpening)
      throw new MultipartFault('The form must begin with the boundary of its Content-Type header.')
    if (isEmpty) pieces.push({ kind: 'end' })
    pieces.push({ kind: 'frame', bytes: this.#take(length) })
    this.#state = isEmpty ? 'end' : 'head'
    return true
  }

  #head(pieces: Piece[]): boolean {
    const end = this.#findEmptyLine(this.#pending, 0)
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#pending.byteLength > MAX_HEAD_BYTES))
      throw new MultipartFault(`The headers of a part of the form are longer than ${MAX_HEAD_BYTES} bytes.`)
    if (end < 0) return false
    const bytes = this.#take(end + EMPTY_LINE.byteLength)
    const head = readPartHead(textOf(bytes.subarray(0, end)))
    pieces.push({ kind: 'frame', bytes }, { kind: 'part', head })
    this.#state = 'content'
    return true
  }

  #content(pieces: Piece[]): boolean {
    const at = this.#findDelimiter(this.#pending, 0)
    if (at < 0) {
      // The last bytes may be the start of a delimiter, which includes the line break before it.
      const length = this.#pending.byteLength - this.#delimiter.byteLength - CRLF.byteLength + 1
      if (length > 0) pieces.push({ kind: 'content', bytes: this.#take(length) })
      return false
    }
    const after = at + this.#delimiter.byteLength
    if (this.#pending.byteLength < after + CRLF.byteLength) return false
    const isLast = startsWith(this.#pending, DASHES, after)
    const isDelimiter =
      at >= CRLF.byteLength &&
      startsWith(this.#pending, CRLF, at - CRLF.byteLength) &&
      (isLast || startsWith(this.#pending, CRLF, after))
    if (!isDelimiter) throw new MultipartFault('The boundary of the form must not occur within a part.')
    const content = this.#take(at - CRLF.byteLength)
    if (content.byteLength > 0) pieces.push({ kind: 'content', bytes: content })
    const frame = this.#take(CRLF.byteLength + this.#delimiter.byteLength + CRLF.byteLength)
    pieces.push({ kind: 'part-end' })
    if (isLast) pieces.push({ kind: 'end' })
    pieces.push({ kind: 'frame', bytes: frame })
    this.#state = isLast ? 'end' : 'head'
    return true
  }

  /** Clients end the body with the closing boundary, or with one line break after it. */
  #epilogue(pieces: Piece[]): boolean {
    if (this.#pending.byteLength === 0) return false
    const isLineBreak = startsWith(CRLF, this.#pending, 0)
    if (!isLineBreak) throw new MultipartFault('The form continues after its closing boundary.')
    if (this.#pending.byteLength === CRLF.byteLength)
      pieces.push({ kind: 'frame', bytes: this.#take(CRLF.byteLength) })
    return false
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return taken
  }
}

/**
 * The pending bytes and a chunk as one array: in the chunk's own buffer if there is room before it, else in a copy.
 */
function joined(
  pending: Uint8Array,
  chunk: Uint8Array<ArrayBuffer>,
  headroom: number,
): Uint8Array<ArrayBuffer> {
  const length = pending.byteLength + chunk.byteLength
  const fits = pending.byteLength <= headroom
  const both = fits
    ? new Uint8Array(chunk.buffer, chunk.byteOffset - pending.byteLength, length)
    : new Uint8Array(length)
  both.set(pending)
  if (!fits) both.set(chunk, pending.byteLength)
  return both
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array, at: number): boolean {
  if (bytes.byteLength < at + prefix.byteLength) return false
  return prefix.every((byte, index) => bytes[at + index] === byte)
}
