/** The subprotocol entry that carries a credential, as OpenAI's browser SDKs write it. */
const CREDENTIAL_PREFIX = 'openai-insecure-api-key.'

/** The subprotocol that a page should offer first. */
const PREFERRED = 'realtime'

/** What `Sec-WebSocket-Protocol` says. */
export interface Subprotocols {
  /** The credential of a page, which cannot set headers. */
  credential: string | undefined
  /** The one offered name to answer with, never the credential; undefined if none was offered. */
  echo: string | undefined
  /** Whether only credentials were offered: browsers fail unless one offered name is echoed, and a token must not be. */
  isCredentialOnly: boolean
  /** Whether several different credentials were offered. */
  isAmbiguous: boolean
}

/** Reads the header `Sec-WebSocket-Protocol` (RFC 6455 section 4.1). */
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
