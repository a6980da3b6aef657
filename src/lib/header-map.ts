/**
 * The header fields of a request, by names in lower case. `Headers` satisfies this interface too, but each lookup
 * crosses into the runtime and back.
 */
export interface HeaderMap extends Iterable<[name: string, value: string]> {
  get: (name: string) => string | null | undefined
  has: (name: string) => boolean
}

/**
 * Copies the fields once: about fifteen places read headers, and each lookup in `Headers` costs as much as a small
 * parse.
 */
export function readHeaderMap(headers: Headers): HeaderMap {
  return new Map(headers)
}

/**
 * Makes a caller's text safe as the value of a response header. Everything but printable ASCII is percent-encoded: a
 * line break would start another header, and the runtime throws on it.
 */
export function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent)
}

/**
 * Whether a name and a value can be a header field (RFC 9110 section 5): a token, and a text without control
 * characters. The runtime throws on anything else.
 */
export function isHeaderField(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^\P{Cc}*$/u.test(value) && value.isWellFormed()
}
