import { type Outline, readOutline } from './outline.ts'
import { type Splice, spliced } from './splice.ts'
import { textOf } from './utf8.ts'

/** A JSON text as it was sent, with its parsed forms. Each is computed at most once. */
export class JsonBody {
  /** The original bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The bytes as text, without a byte order mark. */
  readonly text: string
  /** The parsed value. */
  readonly value: unknown
  #outline: Outline | undefined

  constructor(bytes: Uint8Array<ArrayBuffer>, text: string, value: unknown) {
    this.bytes = bytes
    this.text = text
    this.value = value
  }

  /**
   * Parses a JSON text that was accepted before.
   *
   * @throws SyntaxError if it is not JSON.
   */
  static parse(bytes: Uint8Array<ArrayBuffer>): JsonBody {
    const text = textOf(bytes)
    return new JsonBody(bytes, text, JSON.parse(text))
  }

  /** The positions of the values in the bytes; computed on first use. */
  get outline(): Outline {
    this.#outline ??= readOutline(this.bytes, this.text)
    return this.#outline
  }

  /** The body with some ranges of its text replaced; every other byte stays, including a byte order mark. */
  spliced(splices: readonly Splice[]): JsonBody {
    return splices.length === 0 ? this : JsonBody.parse(spliced(this.bytes, splices))
  }
}
