import { BATCH_PURPOSE, MAX_BATCH_FILE_BYTES } from '../../dashscope/batch.ts'
import { GatewayError } from '../../errors.ts'
import { textOf } from '../../lib/json/utf8.ts'
import type { PartHead } from '../../lib/multipart/part-head.ts'
import { MultipartSplitter, type Piece } from '../../lib/multipart/splitter.ts'
import { BatchCheck, type BatchSums, type LineName } from './batch-check.ts'
import type { LineRules } from './batch-line.ts'
import type { BodyChunk } from './body-reader.ts'

/** Bytes of all parts but the file together; SDKs send a purpose and, rarely, an expiry. */
const MAX_FIELD_BYTES = 16 * 1024

/** The largest form with a batch; delimiters and heads of its parts take far less than its fields may. */
export const MAX_BATCH_FORM_BYTES = MAX_BATCH_FILE_BYTES + 2 * MAX_FIELD_BYTES

/** The fields that decide; a part whose name only looks like one could be one to DashScope. */
const DECISIVE = /^[^a-z]*(files?|purpose)[^a-z]*$/i

/** The files that hold the lines of a batch. */
const LINES_FILE = /\.jsonl$/i

/** What an upload is bounded by. */
export interface UploadBounds {
  /** The largest body that is not a batch. */
  maxBodyBytes: number
  /** The part that holds the file; one named `files` is never a batch. */
  fileField: 'file' | 'files'
}

/** What becomes of the content of the file: it passes as it is, or its lines are checked. */
type FileState = { kind: 'none' } | { kind: 'document' } | { kind: 'lines'; fault: unknown }

/**
 * Checks the form of an upload while it passes. Clients may send the file before its purpose: the lines of any `.jsonl` are
 * checked, and whether their faults matter is decided when the purpose is known. Until {@link end} has returned, the last
 * bytes must be held back, so that DashScope never has a complete file that was refused.
 */
export class UploadForm {
  readonly #splitter: MultipartSplitter
  readonly #bounds: UploadBounds
  #check: BatchCheck | undefined
  #part: PartHead = { name: '' }
  /** Of the part that passes, where it is the purpose. */
  #purposeText: string | undefined
  /** Known once its part has ended. */
  #purpose: string | undefined
  #file: FileState = { kind: 'none' }
  #bodyBytes = 0
  #fileBytes = 0
  #fieldBytes = 0

  /** @throws MultipartFault for a boundary that the body could not be split at. */
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

  /** Whether lines may be changed on their way: an alias is replaced by its model. */
  get mayChange(): boolean {
    return this.#file.kind !== 'document' && this.#check?.rewrites === true
  }

  /** Sets what the lines are checked against; to be called before the content of the file is pushed. */
  checkLines(rules: LineRules): void {
    this.#check = new BatchCheck(rules)
  }

  /** What lines have named since the last call, each once. */
  takeNamed(): LineName[] | undefined {
    return this.#check?.takeNamed()
  }

  /** Cuts the next bytes of the body into pieces. Throws MultipartFault. */
  split({ bytes, headroom }: BodyChunk): Piece[] {
    return this.#splitter.push(bytes, headroom)
  }

  /**
   * Takes a piece of the body.
   *
   * @returns the bytes that go upstream.
   * @throws GatewayError for what may not go there.
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
   * To be called after the last bytes.
   *
   * @returns the sums of a batch; undefined for another file.
   * @throws GatewayError or MultipartFault if the upload may not be completed.
   */
  end(): BatchSums | undefined {
    this.#splitter.end()
    const isBatch = this.#purpose === BATCH_PURPOSE
    const { fileField } = this.#bounds
    if (fileField === 'files' && this.#file.kind === 'none') throw wrong(fileField, 'expected a file')
    if (!isBatch && this.#hasChanged)
      throw wrong('purpose', 'send it before the file, whose lines could name an alias of a model')
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
      throw wrong(expected, `a part of the form is named almost so. Name it "${expected}"`)
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
      throw new GatewayError('tooLarge', `The fields of the form hold more than ${MAX_FIELD_BYTES} bytes.`)
    if (name === 'purpose') this.#purposeText += textOf(bytes)
    return [bytes]
  }

  #finish(): Uint8Array<ArrayBuffer>[] {
    if (this.#part.name === 'purpose') this.#decide()
    return this.#part.name === this.#bounds.fileField ? this.#checked(undefined, (check) => check.end()) : []
  }

  /** A purpose that comes after the file decides whether the faults of its lines matter. */
  #decide(): void {
    this.#purpose = this.#purposeText ?? ''
    const isBatch = this.#purpose === BATCH_PURPOSE
    // The gateway cannot judge a purpose that DashScope might read as `batch`.
    if (!isBatch && /^[^a-z]*batch[^a-z]*$/i.test(this.#purpose)) throw wrong('purpose', 'expected "batch"')
    if (!isBatch) return
    if (this.#bounds.fileField === 'files')
      throw wrong('purpose', 'files of batches are uploaded to /compatible-mode/v1/files')
    if (this.#file.kind === 'document')
      throw wrong('purpose', 'send it before the file, or give the file a name that ends in ".jsonl"')
    if (this.#file.kind === 'lines' && this.#file.fault !== undefined) throw this.#file.fault
  }

  /** Whether the file goes upstream with other bytes than it came with, or would have. */
  get #hasChanged(): boolean {
    const hasFault = this.#file.kind === 'lines' && this.#file.fault !== undefined
    return this.#check?.rewrites === true && (hasFault || this.#check.hasChanged)
  }

  /** Lets the check see bytes of the file; without a purpose its refusal waits. */
  #checked(
    bytes: Uint8Array<ArrayBuffer> | undefined,
    look: (check: BatchCheck) => Uint8Array<ArrayBuffer>[],
  ): Uint8Array<ArrayBuffer>[] {
    const file = this.#file
    const asTheyAre = bytes ? [bytes] : []
    if (file.kind !== 'lines' || file.fault !== undefined) return asTheyAre
    if (!this.#check) throw new TypeError('The lines of a batch need rules.')
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

/** A body that is larger than it may be. */
export function tooLarge(limitBytes: number, what: string): GatewayError {
  return new GatewayError(
    'tooLarge',
    `${what} is larger than ${limitBytes} bytes, the most this gateway takes. Send less, or pass media by URL.`,
  )
}
