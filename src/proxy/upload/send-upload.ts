import type { Piece } from '../../lib/multipart/splitter.ts'
import type { BatchSums, LineName } from './batch-check.ts'
import { type OpenUpload, orInvalid } from './open-upload.ts'

/** The checks of an upload that need stored data, not only its bytes. */
export interface UploadChecks {
  /** Rejects if lines name a file that the caller does not own. */
  requireOwn: (named: readonly LineName[]) => Promise<void>
}

/** An upload in progress. */
export interface Sending {
  /** The body of the request to DashScope. */
  body: ReadableStream<Uint8Array>
  /**
   * Resolves, with the sums of a batch, when the whole upload has passed its checks. Rejects with the error for the
   * caller; DashScope then has an incomplete body, which it drops.
   */
  checked: Promise<BatchSums | undefined>
}

/**
 * Forwards an upload while it arrives, at the pace of the slower side and in constant memory. The last bytes are held
 * back until everything was checked.
 */
export function sendUpload(upload: OpenUpload, checks: UploadChecks): Sending {
  const { writable, readable } = pipe(upload)
  const writer = writable.getWriter()
  const pump = new UploadPump(upload, checks, writer)
  const checked = pump.run().catch(async (refusal) => {
    await writer.abort(refusal).catch(() => undefined)
    throw refusal
  })
  return { body: readable, checked }
}

/** A body with a known length is sent with that length, unless its lines may be changed. */
function pipe({ length, form }: OpenUpload): IdentityTransformStream {
  const isKept = length !== undefined && !form.mayChange
  return isKept ? new FixedLengthStream(length) : new IdentityTransformStream()
}

class UploadPump {
  readonly #upload: OpenUpload
  readonly #checks: UploadChecks
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  /** The closing boundary and the bytes after it, sent when everything was checked. */
  readonly #held: Uint8Array[] = []
  #isClosing = false
  /** DashScope accepts no more bytes: it has responded, or the connection broke. */
  #isCut = false

  constructor(upload: OpenUpload, checks: UploadChecks, writer: WritableStreamDefaultWriter<Uint8Array>) {
    this.#upload = upload
    this.#checks = checks
    this.#writer = writer
  }

  async run(): Promise<BatchSums | undefined> {
    const { form, reader, passed, pieces } = this.#upload
    for (const bytes of passed) await this.#send(bytes)
    await this.#take(pieces)
    while (!this.#isCut) {
      const chunk = await reader.next()
      if (!chunk) break
      await this.#take(orInvalid(() => form.split(chunk)))
    }
    if (this.#isCut) return undefined
    const sums = orInvalid(() => form.end())
    await this.#upload.recheck?.()
    for (const bytes of this.#held) await this.#write(bytes)
    await this.#writer.close().catch(() => undefined)
    return sums
  }

  async #take(pieces: readonly Piece[]): Promise<void> {
    const { form } = this.#upload
    for (const piece of pieces) {
      if (piece.kind === 'end') this.#isClosing = true
      for (const bytes of form.take(piece)) await this.#send(bytes)
    }
    const named = form.takeNamed()
    if (named && named.length > 0) await this.#checks.requireOwn(named)
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosing) this.#held.push(bytes.slice())
    else await this.#write(bytes)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#isCut || bytes.byteLength === 0) return
    await this.#writer.write(bytes).catch(() => {
      this.#isCut = true
    })
  }
}
