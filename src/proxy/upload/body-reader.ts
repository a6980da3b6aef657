import { GatewayError } from '../../errors.ts'

/** Bytes per read: each read and write costs as much as checking several kilobytes. */
const READ_BYTES = 256 * 1024

/** Room for the rest of the previous chunk: the beginning of a delimiter, or of a part's headers. */
const HEADROOM_BYTES = 8 * 1024 + 256

/** The next bytes of a body. They are valid until the next ones are read. */
export interface BodyChunk {
  bytes: Uint8Array<ArrayBuffer>
  /** Bytes before them in their buffer that may be overwritten. */
  headroom: number
}

/** The reader of a byte stream in Workers; `readAtLeast` is specific to them (Workers runtime API, BYOB reader). */
interface ByteReader {
  read: (view: Uint8Array) => Promise<{ value?: Uint8Array | undefined }>
  readAtLeast: (least: number, view: Uint8Array) => Promise<{ value?: Uint8Array | undefined }>
  cancel: () => Promise<void>
}

/** Reads a body with one reused buffer: new buffers would be allocated faster than they are collected. */
export class BodyReader {
  readonly #reader: ByteReader
  /** Whether the length is known; then a read may wait until its buffer is full. */
  readonly #isAnnounced: boolean
  #buffer: ArrayBuffer | undefined = new ArrayBuffer(HEADROOM_BYTES + READ_BYTES)

  constructor({ body, headers }: Request) {
    this.#isAnnounced = headers.has('content-length')
    this.#reader = (body ?? new Blob([]).stream()).getReader({ mode: 'byob' }) as unknown as ByteReader
  }

  /** The next bytes; undefined at the end. Throws GatewayError `invalid` if the connection broke. */
  async next(): Promise<BodyChunk | undefined> {
    if (!this.#buffer) return undefined
    const bytes = await this.#read(this.#buffer)
    // A read detaches the buffer and returns it with the bytes.
    this.#buffer = bytes?.byteLength ? bytes.buffer : undefined
    if (!bytes?.byteLength) return undefined
    return { bytes, headroom: HEADROOM_BYTES }
  }

  /** Reads and discards up to a number of bytes, then cancels the rest. */
  async drain(most: number): Promise<void> {
    for (let read = 0; read < most; ) {
      const chunk = await this.next()
      if (!chunk) return
      read += chunk.bytes.byteLength
    }
    await this.#reader.cancel()
  }

  async #read(buffer: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const view = new Uint8Array(buffer, HEADROOM_BYTES, READ_BYTES)
      const { value } = await (this.#isAnnounced
        ? this.#reader.readAtLeast(READ_BYTES, view)
        : this.#reader.read(view))
      return value as Uint8Array<ArrayBuffer> | undefined
    } catch (cause) {
      throw new GatewayError(
        'invalid',
        'The request body broke off before it was complete, or its chunks are malformed. Send it again.',
        { cause },
      )
    }
  }
}
