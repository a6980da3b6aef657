/** An inbound request with its body read, as a verifier sees it. */
export interface SignedRequest {
  method: string
  url: URL
  /** The value of a header; a header sent twice has both values joined by a comma, which no signature matches. */
  header: (name: string) => string | undefined
  body: Uint8Array<ArrayBuffer>
}

/** What a verifier found. */
export type Verified =
  /** The sender is who it claims to be; `body` is the payload, decrypted if the platform encrypts. */
  | { kind: 'event'; body: Uint8Array<ArrayBuffer> }
  /** The platform checks the address: answer with this text at once. */
  | { kind: 'handshake'; text: string; type: 'application/json' | 'text/plain' }
  /** The request is malformed in a way that no signature could repair. */
  | { kind: 'malformed' }
  /** Refuse with 401 and no detail. */
  | { kind: 'invalid' }

export const INVALID: Verified = { kind: 'invalid' }

/** A timestamp in whole seconds or milliseconds; undefined for any other text. */
export function wholeNumberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** Whether a moment is within a tolerance of now, before or after. */
export function isRecent(momentMs: number, nowMs: number, toleranceSeconds: number): boolean {
  return Math.abs(nowMs - momentMs) <= 1000 * toleranceSeconds
}
