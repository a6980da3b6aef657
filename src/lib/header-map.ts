/**
 * The header fields of a request, by names in lower case. A `Headers` object is one as well, but every look into it crosses
 * into the runtime and back.
 */
export interface HeaderMap extends Iterable<[name: string, value: string]> {
  get: (name: string) => string | null | undefined
  has: (name: string) => boolean
}

/** Reads the fields once for all who look at them: about fifteen places do, and each would cost as much as a small parse. */
export function readHeaderMap(headers: Headers): HeaderMap {
  return new Map(headers)
}

/**
 * A text of a caller's as the value of a response header. Everything but printable ASCII is percent-encoded: a line break would
 * begin another header, and the runtime refuses it with an error.
 */
export function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent)
}

/**
 * Whether a name and a value can be a header field (RFC 9110 section 5): a token, and a text without control characters. The
 * runtime refuses to send anything else.
 */
export function isHeaderField(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^\P{Cc}*$/u.test(value) && value.isWellFormed()
}
