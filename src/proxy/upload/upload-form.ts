import { BATCH_PURPOSE, MAX_BATCH_FILE_BYTES } from '../../dashscope/batch.ts'
import { GatewayError } from '../../errors.ts'
import { textOf } from '../../lib/json/utf8.ts'
import type { PartHead } from '../../lib/multipart/part-head.ts'
import { MultipartSplitter, type Piece } from '../../lib/multipart/splitter.ts'
import { BatchCheck, type BatchSums, type LineName } from './batch-check.ts'
import type { LineRules } from './batch-line.ts'
import type { BodyChunk } from './body-reader.ts'

/** Maximum bytes of all parts except the file; SDKs send a purpose and, rarely, an expiry. */
const MAX_FIELD_BYTES = 16 * 1024

/** The largest form with a batch; delimiters and headers of parts need far less than the fields. */
export const MAX_BATCH_FORM_BYTES = MAX_BATCH_FILE_BYTES + 2 * MAX_FIELD_BYTES

/** Matches the decisive fields and similar names, which DashScope might treat as the same. */
const DECISIVE = /^[^a-z]*(files?|purpose)[^a-z]*$/i

/** Names of files with the lines of a batch. */
const LINES_FILE = /\.jsonl$/i

/** The bounds of an upload. */
export interface UploadBounds {
  /** The largest body that is not a batch. */
  maxBodyBytes: number
  /** The part with the file; a file in `files` is never a batch. */
  fileField: 'file' | 'files'
}

/** How the content of the file is handled: forwarded unchanged, or its lines are checked. */
type FileState = { kind: 'none' } | { kind: 'document' } | { kind: 'lines'; fault: unknown }

/**
 * Checks the form of an upload while it is forwarded. Clients may send the file before its purpose, so the lines of
 * any `.jsonl` are checked, and faults count only if the purpose turns out to be batch. Until {@link end} has
 * returned, the last bytes must be held back, so that DashScope never has a complete file that was refused.
 */
export class UploadForm {
  readonly #splitter: MultipartSplitter
  readonly #bounds: UploadBounds
  #check: BatchCheck | undefined
  #part: PartHead = { name: '' }
  /** The text of the current part, if it is the purpose. */
  #purposeText: string | undefined
  /** The purpose, known after its part has ended. */
  #purpose: string | undefined
  #file: FileState = { kind: 'none' }
  #bodyBytes = 0
  #fileBytes = 0
  #fieldBytes = 0

  /** @throws MultipartFault for an unusable boundary. */
  constructor(boundary: string, bounds: UploadBounds) {
    this.#splitter = new MultipartSplitter(boundary)
    this.#bounds = bounds
  }

  /** Whether the file may be the input of a batch; undefined while neither its name nor its purpose is known. */
  get mayBeBatch(): boolean | undefined {
    if (this.#bounds.fileField === 'files') return false
    if (this.#purpose !== undefined) return this.#purpose === BATCH_PURPOSE
    return this.#file.kind === 'none' ? undefined : this.#file.kind === 'lines'
  }

  /** Whether lines may be changed: an alias is replaced by its model. */
  get mayChange(): boolean {
    return this.#file.kind !== 'document' && this.#check?.rewrites === true
  }

  /** Sets the rules for the lines; must be called before the content of the file is pushed. */
  checkLines(rules: LineRules): void {
    this.#check = new BatchCheck(rules)
  }

  /** The objects that lines have referred to since the last call, without duplicates. */
  takeNamed(): LineName[] | undefined {
    return this.#check?.takeNamed()
  }

  /** Splits the next bytes of the body into pieces. Throws MultipartFault. */
  split({ bytes, headroom }: BodyChunk): Piece[] {
    return this.#splitter.push(bytes, headroom)
  }

  /**
   * Processes a piece of the body.
   *
   * @returns the bytes to send upstream.
   * @throws GatewayError for refused content.
   */
  take(piece: Piece): Uint8Array<ArrayBuffer>[] {
    if ('bytes' in piece) this.#bodyBytes += piece.bytes.byteLength
    this.#requireSize()
    switch (piece.kind) {
      case 'part':
        this.#begin(piece.head)
        return []
      case 'content':
        return this.#content(piece.bytes)
      case 'part-end':
        return this.#finish()
      case 'frame':
        return [piece.bytes]
      case 'end':
        return []
    }
  }

  /**
   * Must be called after the last bytes.
   *
   * @returns the sums of a batch; undefined for other files.
   * @throws GatewayError or MultipartFault if the upload is refused.
   */
  end(): BatchSums | undefined {
    this.#splitter.end()
    const isBatch = this.#purpose === BATCH_PURPOSE
    const { fileField } = this.#bounds
    if (fileField === 'files' && this.#file.kind === 'none') throw wrong(fileField, 'expected a file')
    if (!isBatch && this.#hasChanged)
      throw wrong('purpose', 'send it before the file, whose lines may contain an alias of a model')
    if (!isBatch) return undefined
    if (this.#file.kind === 'none') throw wrong('file', 'expected a file with the lines of the batch')
    const sums = this.#check?.sums
    if (!sums || sums.lines === 0) throw wrong('file', 'it has no lines')
    return sums
  }

  #begin(head: PartHead): void {
    const { name, filename = '' } = head
    const [, decisive] = DECISIVE.exec(name) ?? []
    const { fileField } = this.#bounds
    const expected = decisive?.toLowerCase() === 'purpose' ? 'purpose' : fileField
    if (decisive !== undefined && expected !== name)
      throw wrong(expected, `a part of the form has a similar name. Name it "${expected}"`)
    this.#part = head
    if (name === 'purpose') this.#beginPurpose()
    if (name === fileField) this.#beginFile(filename)
  }

  #beginPurpose(): void {
    if (this.#purposeText !== undefined) throw wrong('purpose', 'send it once')
    this.#purposeText = ''
  }

  #beginFile(filename: string): void {
    const { fileField } = this.#bounds
    if (this.#file.kind !== 'none') throw wrong(fileField, 'send one file')
    if (fileField === 'files') {
      this.#file = { kind: 'document' }
      return
    }
    const isLines = this.#purpose === undefined ? LINES_FILE.test(filename) : this.#purpose === BATCH_PURPOSE
    this.#file = isLines ? { kind: 'lines', fault: undefined } : { kind: 'document' }
  }

  #content(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const { name, filename } = this.#part
    if (name === this.#bounds.fileField) {
      this.#fileBytes += bytes.byteLength
      return this.#checked(bytes, (check) => check.push(bytes))
    }
    if (filename === undefined) this.#fieldBytes += bytes.byteLength
    if (this.#fieldBytes > MAX_FIELD_BYTES)
      throw new GatewayError('tooLarge', `The fields of the form have more than ${MAX_FIELD_BYTES} bytes.`)
    if (name === 'purpose') this.#purposeText += textOf(bytes)
    return [bytes]
  }

  #finish(): Uint8Array<ArrayBuffer>[] {
    if (this.#part.name === 'purpose') this.#decide()
    return this.#part.name === this.#bounds.fileField ? this.#checked(undefined, (check) => check.end()) : []
  }

  /** If the purpose comes after the file, it decides whether faults of the lines count. */
  #decide(): void {
    this.#purpose = this.#purposeText ?? ''
    const isBatch = this.#purpose === BATCH_PURPOSE
    // DashScope might treat a similar purpose as `batch`, so it is refused.
    if (!isBatch && /^[^a-z]*batch[^a-z]*$/i.test(this.#purpose)) throw wrong('purpose', 'expected "batch"')
    if (!isBatch) return
    if (this.#bounds.fileField === 'files')
      throw wrong('purpose', 'upload files of batches to /compatible-mode/v1/files')
    if (this.#file.kind === 'document')
      throw wrong('purpose', 'send it before the file, or give the file a name that ends in ".jsonl"')
    if (this.#file.kind === 'lines' && this.#file.fault !== undefined) throw this.#file.fault
  }

  /** Whether the bytes of the file were or would be changed. */
  get #hasChanged(): boolean {
    const hasFault = this.#file.kind === 'lines' && this.#file.fault !== undefined
    return this.#check?.rewrites === true && (hasFault || this.#check.hasChanged)
  }

  /** Passes bytes of the file to the check; as long as the purpose is unknown, a refusal is deferred. */
  #checked(
    bytes: Uint8Array<ArrayBuffer> | undefined,
    look: (check: BatchCheck) => Uint8Array<ArrayBuffer>[],
  ): Uint8Array<ArrayBuffer>[] {
    const file = this.#file
    const asTheyAre = bytes ? [bytes] : []
    if (file.kind !== 'lines' || file.fault !== undefined) return asTheyAre
    if (!this.#check) throw new TypeError('The rules for the lines of a batch must be set first.')
    try {
      return look(this.#check)
    } catch (fault) {
      if (this.#purpose === BATCH_PURPOSE) throw fault
      this.#file = { kind: 'lines', fault }
      return asTheyAre
    }
  }

  #requireSize(): void {
    if (this.#fileBytes > MAX_BATCH_FILE_BYTES) throw tooLarge(MAX_BATCH_FILE_BYTES, 'The file')
    const isDocument =
      this.#purpose !== undefined ? this.#purpose !== BATCH_PURPOSE : this.#file.kind !== 'lines'
    const { maxBodyBytes } = this.#bounds
    if (isDocument && this.#bodyBytes > maxBodyBytes) throw tooLarge(maxBodyBytes, 'The request body')
  }
}

function wrong(param: string, what: string): GatewayError {
  return new GatewayError('invalid', `${param}: ${what}.`, { param })
}

/** The error for a body that is too large. */
export function tooLarge(limitBytes: number, what: string): GatewayError {
  return new GatewayError(
    'tooLarge',
    `${what} is larger than ${limitBytes} bytes, the maximum for this gateway. Send less, or pass media by URL.`,
  )
}
