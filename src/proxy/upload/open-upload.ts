import { GatewayError } from '../../errors.ts'
import { boundaryOf } from '../../lib/multipart/boundary.ts'
import { MultipartFault } from '../../lib/multipart/fault.ts'
import type { Piece } from '../../lib/multipart/splitter.ts'
import { BodyReader } from './body-reader.ts'
import { MAX_BATCH_FORM_BYTES, tooLarge, UploadForm } from './upload-form.ts'

/** An upload whose beginning was read: as far as its purpose, or the name of its file. */
export interface OpenUpload {
  form: UploadForm
  /** Pieces that were read and not yet taken by the form; valid until the next bytes are read. */
  pieces: Piece[]
  /** Bytes that were taken by the form and are to go upstream. */
  passed: Uint8Array<ArrayBuffer>[]
  reader: BodyReader
  /** Whether its lines are checked as those of a batch. */
  isBatch: boolean
  /** The length of the body, if the caller announced it. */
  length: number | undefined
  /** Refuses a caller whose credential has ended in the meantime. */
  recheck?: (() => Promise<unknown>) | undefined
}

/**
 * Reads the beginning of an upload, until it is known whether it may be a batch, which decides where it goes. The rest is
 * read while it is sent.
 *
 * @param fileField the part that holds the file.
 * @throws GatewayError `invalid` for a malformed form, `tooLarge` for an announced length.
 */
export async function openUpload(
  request: Request,
  maxBodyBytes: number,
  fileField: 'file' | 'files' = 'file',
): Promise<OpenUpload> {
  const bounds = { maxBodyBytes, fileField }
  const form = orInvalid(() => new UploadForm(boundaryOf(request.headers.get('content-type') ?? ''), bounds))
  const reader = new BodyReader(request)
  const passed: Uint8Array<ArrayBuffer>[] = []
  let pieces: Piece[] = []
  while (form.mayBeBatch === undefined) {
    const chunk = await reader.next()
    if (!chunk) break
    pieces = orInvalid(() => form.split(chunk))
    while (form.mayBeBatch === undefined && pieces.length > 0) {
      const piece = pieces.shift()
      if (piece) passed.push(...form.take(piece).map((bytes) => bytes.slice()))
    }
  }
  const isBatch = form.mayBeBatch === true
  const announced = request.headers.get('content-length')
  const length = announced === null ? undefined : Number(announced)
  const mostBytes = isBatch ? MAX_BATCH_FORM_BYTES : maxBodyBytes
  if (length !== undefined && length > mostBytes) throw tooLarge(mostBytes, 'The request body')
  return { form, pieces, passed, reader, isBatch, length }
}

/** Runs a step of reading a form; throws GatewayError `invalid` in the place of a MultipartFault. */
export function orInvalid<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (thrown) {
    if (!(thrown instanceof MultipartFault)) throw thrown
    throw new GatewayError('invalid', thrown.message)
  }
}
