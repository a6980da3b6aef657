import { version } from '../../package.json'
import { retryAfterIn } from '../dashscope/failure.ts'
import { GatewayError } from '../errors.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { checkDestination, type DestinationRules } from './destination.ts'
import type { Try } from './ledger/deliveries-table.ts'
import { signMessage } from './signature.ts'

/** At most this much of a receiver's response is read. */
const MAX_BEGINNING_BYTES = 16 * 1024

/** How much of a response is kept in the list of attempts. */
const MAX_KEPT_CHARACTERS = 1024

/** A message to send to a receiver. */
export interface Outgoing {
  url: string
  /** `webhook-id`. */
  message: string
  payload: string
  /** Newest first; the message is signed with each. */
  secrets: readonly string[]
  /** 1 for the first attempt. */
  attempt: number
  timeoutMs: number
  rules: DestinationRules
}

/**
 * The result of an attempt. After `gone` there are no more attempts: the receiver responded with 410, or was deleted.
 */
export interface TryResult extends Try {
  outcome: 'delivered' | 'failed' | 'gone'
  /** The delay of the receiver's `Retry-After`. */
  retryAfterMs: number | undefined
}

/**
 * The result of an attempt that began at `atMs` and ends now: by default a failure without a response, with the
 * fields of `part` applied.
 */
export function tryResult(atMs: number, part: Partial<TryResult>): TryResult {
  return {
    atMs,
    milliseconds: Date.now() - atMs,
    status: null,
    error: null,
    answer: '',
    outcome: 'failed',
    retryAfterMs: undefined,
    ...part,
  }
}

/**
 * Sends a message once. Only 2xx is a success; a redirect is a failure, because following it would send a signed
 * message to a URL that its owner did not configure.
 *
 * @returns the result; never rejects.
 */
export async function deliver(outgoing: Outgoing): Promise<TryResult> {
  const atMs = Date.now()
  const ended = (part: Partial<TryResult>) => tryResult(atMs, part)
  try {
    const url = checkDestination(outgoing.url, outgoing.rules)
    const body = bytesOf(outgoing.payload)
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `dashscope-edge/${version}`,
        'x-edge-attempt': String(outgoing.attempt),
        ...(await signMessage(outgoing.secrets, { id: outgoing.message, body }, atMs)),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(outgoing.timeoutMs),
    })
    const { status } = response
    const answer = await readBeginning(response)
    if (response.ok) return ended({ status, answer, outcome: 'delivered' })
    const retryAfterMs = retryAfterIn([...response.headers], Date.now())
    const error = errorOf(response)
    return ended({ status, answer, error, retryAfterMs, outcome: status === 410 ? 'gone' : 'failed' })
  } catch (thrown) {
    return ended({ error: reasonOf(thrown, outgoing.timeoutMs) })
  }
}

function errorOf({ status, headers }: Response): string {
  if (status < 300 || status > 399) return `The receiver answered ${status}.`
  const location = headers.get('location') ?? ''
  return `The receiver answered ${status} with a redirect to ${location.slice(0, 300)}; redirects are not followed.`
}

function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (thrown instanceof GatewayError) return thrown.message
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
    return `The receiver did not answer within ${timeoutMs} ms.`
  }
  return 'The receiver could not be reached, or closed the connection.'
}

/** Reads the response body. A 2xx counts as success even if reading the body fails. */
async function readBeginning({ body }: Response): Promise<string> {
  if (!body) return ''
  const reader = body.getReader()
  const pieces: string[] = []
  let size = 0
  try {
    while (size < MAX_BEGINNING_BYTES) {
      const { done, value } = await reader.read()
      if (done) break
      pieces.push(textOf(value))
      size += value.byteLength
    }
  } catch {
    // The connection broke or was too slow: keep what has arrived.
  } finally {
    void reader.cancel().catch(() => undefined)
  }
  return pieces.join('').slice(0, MAX_KEPT_CHARACTERS)
}
