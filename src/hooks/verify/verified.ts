/** An inbound request whose body was read. */
export interface SignedRequest {
  method: string
  url: URL
  /** The value of a header; a repeated header has its values joined by a comma, which no signature matches. */
  header: (name: string) => string | undefined
  body: Uint8Array<ArrayBuffer>
}

/** The result of a verification. */
export type Verified =
  /** The sender is authentic; `body` is the payload, decrypted if the platform encrypts. */
  | { kind: 'event'; body: Uint8Array<ArrayBuffer> }
  /** The platform checks the URL: respond with this text at once. */
  | { kind: 'handshake'; text: string; type: 'application/json' | 'text/plain' }
  /** The request is malformed, whatever its signature. */
  | { kind: 'malformed' }
  /** The request must be refused with 401 and no details. */
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
