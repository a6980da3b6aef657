import { bytesOf } from '../json/utf8.ts'
import { boundaryOf } from './boundary.ts'
import { MultipartFault } from './fault.ts'
import { finderOf } from './find-bytes.ts'
import type { PartHead } from './part-head.ts'
import { MultipartSplitter } from './splitter.ts'

/** One part of a form; its content is a view on the body. */
export interface FormPart extends PartHead {
  bytes: Uint8Array<ArrayBuffer>
}

/** Parts of one form; the forms of OpenAI's API have about twenty. */
const MAX_PARTS = 64

const NO_BYTES = new Uint8Array(0)

/**
 * Reads a complete form.
 *
 * @param contentType the header of the request.
 * @throws MultipartFault for a form that is malformed or has too many parts.
 */
export function readForm(body: Uint8Array<ArrayBuffer>, contentType: string): FormPart[] {
  const boundary = boundaryOf(contentType)
  requireFewParts(body, boundary)
  const splitter = new MultipartSplitter(boundary)
  const parts: FormPart[] = []
  let part: FormPart | undefined
  for (const piece of splitter.push(body)) {
    if (piece.kind === 'part') part = { ...piece.head, bytes: NO_BYTES }
    else if (piece.kind === 'content' && part) part.bytes = piece.bytes
    else if (piece.kind === 'part-end' && part) parts.push(part)
  }
  splitter.end()
  return parts
}

/** Checked before any part is created: a body of 20 MiB could hold a third of a million parts. */
function requireFewParts(body: Uint8Array, boundary: string): void {
  const delimiter = bytesOf(`--${boundary}`)
  const find = finderOf(delimiter)
  let boundaries = 0
  for (let at = find(body, 0); at >= 0; at = find(body, at + delimiter.length)) {
    boundaries += 1
    if (boundaries > MAX_PARTS + 1) throw new MultipartFault(`The form has more than ${MAX_PARTS} parts.`)
  }
}
