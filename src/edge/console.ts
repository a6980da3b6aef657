/** The entry `text/html` of `Accept`, with its parameters (RFC 9110 section 12.5.1). */
const HTML = /(?:^|,)\s*text\/html\s*(?:;([^,]*))?(?=,|$)/i

/**
 * Whether a client asks for a page: browsers name `text/html`, while API clients send any type or JSON.
 *
 * @param accept the header `Accept`; `text/html;q=0` refuses it.
 */
export function acceptsHtml(accept: string | undefined): boolean {
  const entry = HTML.exec(accept ?? '')
  return entry !== null && !/(?:^|;)\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(entry[1] ?? '')
}
