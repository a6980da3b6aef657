import { type Outline, readOutline } from './outline.ts'
import { type Splice, spliced } from './splice.ts'
import { textOf } from './utf8.ts'

/** A JSON text as it was sent, with everything that was read from it. Each reading is done once. */
export class JsonBody {
  /** The body as it came. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The same as text, without a byte order mark. */
  readonly text: string
  /** The same parsed. */
  readonly value: unknown
  #outline: Outline | undefined

  constructor(bytes: Uint8Array<ArrayBuffer>, text: string, value: unknown) {
    this.bytes = bytes
    this.text = text
    this.value = value
  }

  /**
   * Reads a JSON text again that was accepted before.
   *
   * @throws SyntaxError if it is not JSON.
   */
  static parse(bytes: Uint8Array<ArrayBuffer>): JsonBody {
    const text = textOf(bytes)
    return new JsonBody(bytes, text, JSON.parse(text))
  }

  /** Where the values are in the bytes; read on first use. */
  get outline(): Outline {
    this.#outline ??= readOutline(this.bytes)
    return this.#outline
  }

  /** The body with some pieces of its text replaced; every other byte stays, also a byte order mark. */
  spliced(splices: readonly Splice[]): JsonBody {
    return splices.length === 0 ? this : JsonBody.parse(spliced(this.bytes, splices))
  }
}
