import { GatewayError } from '../errors.ts'
import { nudgeTask, taskEndedIn } from '../jobs/eventbridge.ts'
import { publicKeyIn, verifyEventBridge } from '../jobs/eventbridge-signature.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { equalTexts } from '../lib/hmac.ts'
import type { HookSecrets } from './hook-record.ts'
import type { InboundContext, InboundResponse } from './inbound-context.ts'
import type { SignedRequest } from './verify/verified.ts'

/** A certificate is valid for months; it is fetched again once an hour. */
const CERTIFICATE_MS = 3_600_000

/** There is one certificate per region. */
const CERTIFICATES = 50

/** A certificate has about 2 kB. */
const MAX_CERTIFICATE_BYTES = 16_384

const certificates = new Map<string, { key: Uint8Array<ArrayBuffer>; untilMs: number }>()

/**
 * Receives EventBridge's event that a task has ended, and looks up the task at once.
 *
 * @throws GatewayError `badSignature`.
 */
export async function receiveNudge(
  secrets: HookSecrets,
  { url, header, body }: SignedRequest,
  { env, nowMs }: InboundContext,
): Promise<InboundResponse> {
  const { token } = secrets
  const sentToken = header('x-eventbridge-signature-token') ?? ''
  const isOwn = token === undefined || (await equalTexts(sentToken, token))
  const isSigned =
    isOwn &&
    (await verifyEventBridge(url.href, { get: header }, body, nowMs, (address) => loadKey(address, nowMs)))
  if (!isSigned) throw new GatewayError('badSignature', 'The signature is not valid.')
  const task = taskEndedIn(body)
  const isWatched = task !== undefined && (await nudgeTask(env, task))
  return {
    status: 200,
    body: '{}',
    type: 'application/json',
    ...(!isWatched && { outcome: 'ignored' as const }),
  }
}

/** The public key of the certificate at a URL; the verifier has checked the host. */
async function loadKey(address: string, nowMs: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const known = certificates.get(address)
  if (known && nowMs < known.untilMs) return known.key
  const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(3000) }).catch(
    () => undefined,
  )
  if (!response?.ok) return undefined
  const bytes = new Uint8Array(await response.arrayBuffer())
  const key = bytes.byteLength <= MAX_CERTIFICATE_BYTES ? publicKeyIn(bytes) : undefined
  if (key) setBounded(certificates, address, { key, untilMs: nowMs + CERTIFICATE_MS }, CERTIFICATES)
  return key
}
