/** One part of a form (RFC 7578). */
export interface FormPart {
  name: string
  /** Absent for a plain field. */
  fileName?: string
  /** Media type in small letters, without parameters; `text/plain` where none is named. */
  type: string
  /** A view on the body. */
  bytes: Uint8Array<ArrayBuffer>
}

/** The parts of a form, or what is wrong with it, as a sentence. */
export type FormResult = { kind: 'form'; parts: FormPart[] } | { kind: 'malformed'; fault: string }

/** Parts of one form; the forms of OpenAI's API have about twenty. */
const MAX_PARTS = 64

/** The headers of one part. */
const MAX_HEADER_BYTES = 8192

const CARRIAGE_RETURN = 13

/** `boundary=…`, as a token or quoted (RFC 2046 section 5.1.1). */
const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;",]{1,70}))\s*(?:;|$)/i

const DISPOSITION = /^form-data\s*(?:;|$)/i

/**
 * Reads a `multipart/form-data` body. It is stricter than browsers: what two readers could understand in two ways, such as a
 * repeated header or an unfinished part, is malformed.
 *
 * @param contentType the header of the request.
 */
export function readForm(body: Uint8Array<ArrayBuffer>, contentType: string): FormResult {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return malformed('The Content-Type header names no boundary')
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`)
  const parts: FormPart[] = []
  // The first delimiter may be at the very beginning of the body.
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : after(body, delimiter, 0)
  for (;;) {
    if (at < 0) return malformed('The form has no end')
    if (startsWith(body, DASHES, at)) return { kind: 'form', parts }
    const start = startsWith(body, LINE_END, at) ? at + 2 : -1
    if (start < 0) return malformed('A boundary of the form is followed by other characters')
    if (parts.length === MAX_PARTS) return malformed(`The form has more than ${MAX_PARTS} parts`)
    const headerEnd = headEnd(body, start)
    const next = headerEnd < 0 ? -1 : indexOf(body, delimiter, headerEnd)
    if (next < 0) return malformed('A part of the form is not complete')
    const part = partOf(body.subarray(start, headerEnd - HEAD_END.length), body.subarray(headerEnd, next))
    if (!part) return malformed('A part of the form has no name, or headers that are not valid')
    parts.push(part)
    at = next + delimiter.length
  }
}

const DASHES = new Uint8Array([45, 45])
const LINE_END = new Uint8Array([13, 10])
const HEAD_END = new Uint8Array([13, 10, 13, 10])

/** Where the bytes of a part begin, after the blank line that ends its headers. */
function headEnd(body: Uint8Array, start: number): number {
  const end = indexOf(body.subarray(0, start + MAX_HEADER_BYTES), HEAD_END, start)
  return end < 0 ? -1 : end + HEAD_END.length
}

function partOf(head: Uint8Array, bytes: Uint8Array<ArrayBuffer>): FormPart | undefined {
  const headers = new Map<string, string>()
  for (const line of new TextDecoder().decode(head).split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon < 1 || !/^[\w-]+$/.test(name) || headers.has(name)) return undefined
    headers.set(name, line.slice(colon + 1).trim())
  }
  const disposition = headers.get('content-disposition') ?? ''
  const name = parameterOf(disposition, 'name')
  const isPlain = /^(?:7bit|8bit|binary)$/i.test(headers.get('content-transfer-encoding') ?? 'binary')
  if (!DISPOSITION.test(disposition) || !name || !isPlain) return undefined
  const fileName = parameterOf(disposition, 'filename')
  const type = (headers.get('content-type') ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? ''
  return { name, ...(fileName !== undefined && { fileName }), type, bytes }
}

/** A parameter of `Content-Disposition`: browsers escape quotes as `%22`, other clients as `\"` (RFC 7578 section 4.2). */
function parameterOf(disposition: string, name: string): string | undefined {
  const [, quoted, plain] =
    new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(disposition) ?? []
  return quoted?.replace(/\\(.)/g, '$1').replaceAll('%22', '"') ?? plain
}

function after(body: Uint8Array, piece: Uint8Array, from: number): number {
  const at = indexOf(body, piece, from)
  return at < 0 ? -1 : at + piece.length
}

/** Looks for bytes that begin with a carriage return and have no other one, so that the search takes linear time. */
function indexOf(body: Uint8Array, piece: Uint8Array, from: number): number {
  const last = body.length - piece.length
  for (let at = from; at <= last; at++) {
    if (body[at] === CARRIAGE_RETURN && startsWith(body, piece, at)) return at
  }
  return -1
}

function startsWith(body: Uint8Array, piece: Uint8Array, at: number): boolean {
  for (let index = 0; index < piece.length; index++) {
    if (body[at + index] !== piece[index]) return false
  }
  return true
}

function malformed(fault: string): FormResult {
  return { kind: 'malformed', fault }
}
