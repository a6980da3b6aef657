/** The start line and the headers of an HTTP/1.1 message. */
export interface Head {
  startLine: string
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>
}

/** Callbacks for each message on a connection, in order. */
export interface MessageReader {
  head: (head: Head) => void
  /** A piece of the body, without the framing of a chunked one; valid only during the call. */
  body: (piece: Buffer) => void
  end: () => void
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'trailer'

/**
 * Parses HTTP/1.1 messages incrementally (RFC 9112): a head, and a body by Content-Length or chunks. node:http does
 * more than needed and would cost more than the measured Worker.
 *
 * @returns a function that takes the bytes of a connection.
 * @throws SyntaxError for a chunk size that is not a number.
 */
export function messageParser(reader: MessageReader): (bytes: Buffer) => void {
  let state: State = 'head'
  let rest: Buffer = Buffer.alloc(0)
  let remaining = 0

  /** The text before a separator, or undefined if it has not arrived yet. */
  function take(separator: string): string | undefined {
    const at = rest.indexOf(separator)
    if (at === -1) return undefined
    const text = rest.toString('latin1', 0, at)
    rest = rest.subarray(at + separator.length)
    return text
  }

  function takeBody(): void {
    const piece = rest.subarray(0, remaining)
    rest = rest.subarray(piece.length)
    remaining -= piece.length
    if (piece.length > 0) reader.body(piece)
  }

  function finish(): void {
    state = 'head'
    reader.end()
  }

  /** Parses one step; false if it needs more bytes. */
  function step(): boolean {
    switch (state) {
      case 'head': {
        const text = take('\r\n\r\n')
        if (text === undefined) return false
        const head = parseHead(text)
        reader.head(head)
        remaining = Number(head.headers.get('content-length') ?? 0)
        if (head.headers.get('transfer-encoding') === 'chunked') state = 'chunk-size'
        else if (remaining > 0) state = 'length'
        else finish()
        return true
      }
      case 'length':
        if (rest.length === 0) return false
        takeBody()
        if (remaining === 0) finish()
        return true
      case 'chunk-size': {
        const size = take('\r\n')
        if (size === undefined) return false
        remaining = Number.parseInt(size, 16)
        if (Number.isNaN(remaining)) throw new SyntaxError(`"${size}" is not the size of a chunk.`)
        state = remaining === 0 ? 'trailer' : 'chunk'
        return true
      }
      case 'chunk':
        if (remaining > 0) {
          if (rest.length === 0) return false
          takeBody()
          return true
        }
        if (take('\r\n') === undefined) return false
        state = 'chunk-size'
        return true
      case 'trailer':
        if (take('\r\n') === undefined) return false
        finish()
        return true
    }
  }

  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    while (step()) if (rest.length === 0 && state === 'head') return
  }
}

function parseHead(text: string): Head {
  const [startLine = '', ...lines] = text.split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { startLine, headers }
}
