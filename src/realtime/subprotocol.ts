/** The prefix of the subprotocol with a credential, as sent by OpenAI's browser SDKs. */
const CREDENTIAL_PREFIX = 'openai-insecure-api-key.'

/** The subprotocol that a page should offer first. */
const PREFERRED = 'realtime'

/** The parsed header `Sec-WebSocket-Protocol`. */
export interface Subprotocols {
  /** The credential of a page, which cannot set headers. */
  credential: string | undefined
  /** The offered name to return, never the credential; undefined if there is none. */
  echo: string | undefined
  /**
   * Whether only credentials were offered: browsers fail unless an offered name is returned, but a token must not be
   * returned.
   */
  isCredentialOnly: boolean
  /** Whether several different credentials were offered. */
  isAmbiguous: boolean
}

/** Parses the header `Sec-WebSocket-Protocol` (RFC 6455 section 4.1). */
export function readSubprotocols(header: string | undefined): Subprotocols {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const credentials = new Set(
    names
      .filter((name) => name.startsWith(CREDENTIAL_PREFIX))
      .map((name) => name.slice(CREDENTIAL_PREFIX.length)),
  )
  const others = names.filter((name) => !name.startsWith(CREDENTIAL_PREFIX))
  const [credential] = credentials
  return {
    credential: credential || undefined,
    echo: others.includes(PREFERRED) ? PREFERRED : others[0],
    isCredentialOnly: credentials.size > 0 && others.length === 0,
    isAmbiguous: credentials.size > 1,
  }
}
