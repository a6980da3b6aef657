const LINE_FEED = 0x0a

/** Splits a stream of bytes into lines. It buffers only the unfinished line. */
export class LineSplitter {
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0

  /** Bytes buffered for the unfinished line. */
  get pendingBytes(): number {
    return this.#bytes
  }

  /** Takes the next chunk; returns the lines that end in it, each with its line feed. */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const lines: Uint8Array<ArrayBuffer>[] = []
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      lines.push(this.#joined(chunk.subarray(from, at + 1)))
      from = at + 1
    }
    if (from < chunk.byteLength) this.#keep(chunk.subarray(from))
    return lines
  }

  /** The last line, if no line feed ended it; undefined if there is none. */
  end(): Uint8Array<ArrayBuffer> | undefined {
    return this.#bytes === 0 ? undefined : this.#joined(new Uint8Array(0))
  }

  /** Copies the bytes: the memory of a chunk may be reused. */
  #keep(piece: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(piece.slice())
    this.#bytes += piece.byteLength
  }

  #joined(last: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#bytes === 0) return last
    const line = new Uint8Array(this.#bytes + last.byteLength)
    let at = 0
    for (const piece of [...this.#pieces, last]) {
      line.set(piece, at)
      at += piece.byteLength
    }
    this.#pieces = []
    this.#bytes = 0
    return line
  }
}
