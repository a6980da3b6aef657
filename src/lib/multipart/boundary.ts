import { MultipartFault } from './fault.ts'

/**
 * RFC 2046 section 5.1.1: 1 to 70 of these characters; a space may not be the last one, and clients never use spaces.
 */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/

/** One parameter of a header: a token, or a quoted string without escapes. */
const PARAMETER = /[ \t]*;[ \t]*([^\s=;"]+)=("[^"\\]*"|[^\s";]+)/y

/**
 * The boundary that a `Content-Type: multipart/form-data` header names.
 *
 * @throws MultipartFault if there is none, or if parsers might disagree about it: one would take for content what
 *   another takes for a part.
 */
export function boundaryOf(contentType: string): string {
  const value = contentType.trimEnd()
  const boundaries: string[] = []
  let end = value.split(/[ \t]*;/, 1)[0]?.length ?? 0
  PARAMETER.lastIndex = end
  for (let match = PARAMETER.exec(value); match; match = PARAMETER.exec(value)) {
    const [, name = '', text = ''] = match
    // Some parsers treat `boundary*` and `boundary*0` (RFC 2231) as the same parameter.
    if (/^boundary/i.test(name)) boundaries.push(text.replace(/^"|"$/g, ''))
    end = PARAMETER.lastIndex
  }
  const [boundary, ...others] = boundaries
  const isWhole = end === value.length || value.slice(end).trim() === ';'
  if (isWhole && boundary !== undefined && others.length === 0 && BOUNDARY.test(boundary)) return boundary
  throw new MultipartFault('The Content-Type header must name one boundary of 1 to 70 characters.')
}
