import { GatewayError } from '../../errors.ts'
import { boundaryOf } from '../../lib/multipart/boundary.ts'
import { MultipartFault } from '../../lib/multipart/fault.ts'
import type { Piece } from '../../lib/multipart/splitter.ts'
import { BodyReader } from './body-reader.ts'
import { MAX_BATCH_FORM_BYTES, tooLarge, UploadForm } from './upload-form.ts'

/** An upload whose beginning was read, up to its purpose or the name of its file. */
export interface OpenUpload {
  form: UploadForm
  /** Pieces that were read but not yet processed by the form; valid until the next bytes are read. */
  pieces: Piece[]
  /** Bytes that were processed by the form and will be sent upstream. */
  passed: Uint8Array<ArrayBuffer>[]
  reader: BodyReader
  /** Whether its lines are checked as lines of a batch. */
  isBatch: boolean
  /** The length of the body, if the caller announced it. */
  length: number | undefined
  /** Refuses a caller whose credential has expired meanwhile. */
  recheck?: (() => Promise<unknown>) | undefined
}

/**
 * Reads the beginning of an upload, until it is known whether it may be a batch, which determines its region. The
 * rest is read while it is sent.
 *
 * @param fileField the part with the file.
 * @throws GatewayError `invalid` for a malformed form, `tooLarge` for the announced length.
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

/** Runs a step of reading a form; converts a MultipartFault to GatewayError `invalid`. */
export function orInvalid<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (thrown) {
    if (!(thrown instanceof MultipartFault)) throw thrown
    throw new GatewayError('invalid', thrown.message)
  }
}
