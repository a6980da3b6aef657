import { GatewayError } from '../errors.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../jobs/create-job.ts'
import { untilQuiet } from '../jobs/quiet.ts'
import { toHex } from '../lib/hex.ts'
import { digest } from '../lib/hmac.ts'
import { makeId } from '../lib/random.ts'
import { receiveNudge } from './eventbridge.ts'
import type { HookEvent, Reading } from './events/event.ts'
import { readEvent } from './events/read.ts'
import { ignoredBecause } from './filter.ts'
import { refuseForeignPage } from './form-pages.ts'
import { type EventToHandle, handleEvent } from './hook-job.ts'
import type { Hook, HookSecrets } from './hook-record.ts'
import { findHook } from './hook-store.ts'
import type { InboundContext, InboundResponse } from './inbound-context.ts'
import { isFormType } from './verify/form.ts'
import type { SignedRequest } from './verify/verified.ts'
import { verify } from './verify/verify.ts'
import { streamState } from './wecom-stream.ts'

/**
 * Receives a request of a platform: verifies it, parses the event and stores it once; the job that answers it is
 * created after the acknowledgement. An acknowledged event is either answered or ends among the dead messages
 * (promise P8).
 *
 * @throws GatewayError `notFound` for an unknown or disabled hook, `badSignature`, and `unavailable`, after which the
 *   platform retries.
 */
export async function receive(
  id: string,
  request: SignedRequest,
  context: InboundContext,
): Promise<InboundResponse> {
  const { env, config, nowMs } = context
  const found = /^hk_\w{22}$/.test(id) ? await findHook(env, config, id, nowMs) : undefined
  if (!found?.secrets || found.hook.disabled) throw new GatewayError('notFound', 'There is no such hook.')
  const { hook, secrets } = found
  if (hook.kind === 'eventbridge') return receiveNudge(secrets, request, context)
  if (hook.kind === 'form') refuseForeignPage(hook, request.header('origin'), context.origin)
  const verified = await verify(hook, secrets, request, nowMs, config)
  if (verified.kind === 'invalid') throw new GatewayError('badSignature', 'The signature is not valid.')
  if (verified.kind === 'handshake') return { status: 200, body: verified.text, type: verified.type }
  if (verified.kind === 'malformed') return { status: 400, body: '{}', type: 'application/json' }
  const bodyHash = toHex(await digest('SHA-256', verified.body))
  const reading = readEvent(hook, { header: request.header, body: verified.body, bodyHash, nowMs })
  switch (reading.kind) {
    case 'malformed':
      return { status: 400, body: '{}', type: 'application/json' }
    case 'refresh':
      return streamState(hook, secrets, reading.streamId, context)
    case 'ignored':
      return ignored(hook, request, reading.reason, { id: reading.id, user: '', event: 'null' }, context)
    case 'event':
      return takeEvent(hook, secrets, request, reading, context)
  }
}

async function takeEvent(
  hook: Hook,
  secrets: HookSecrets,
  request: SignedRequest,
  { event, dedupe, dedupeSeconds, mentioned }: Reading & { kind: 'event' },
  context: InboundContext,
): Promise<InboundResponse> {
  const reason = ignoredBecause(hook.when, event, mentioned)
  const kept = keepable(event)
  const entry = { id: makeId('hev'), hook: hook.id, user: event.user.id, event: kept.text }
  if (reason !== undefined) return ignored(hook, request, reason, entry, context)
  const ledger = ledgersOf(context.env).getByName(hook.key)
  const taken = await ledgerOrUnavailable(async () =>
    ledger.takeEvent({
      ...entry,
      origin: context.origin,
      dedupe,
      dedupeMs: 1000 * dedupeSeconds,
      limits: hook.limits,
    }),
  )
  if (taken.kind === 'duplicate') return acknowledged(hook, secrets, request, taken.job, context, 'duplicate')
  if (taken.kind === 'limited') return { ...acknowledgement(hook, request), outcome: 'limited' }
  const toHandle = { id: entry.id, event: kept.event }
  // Only the stream of an AI bot needs the job for its acknowledgement. Other platforms get it without waiting for
  // the job.
  if (hook.kind === 'wecom-bot') return beginStream(hook, secrets, request, toHandle, context)
  context.keepAlive(handleLater(hook, toHandle, context))
  return acknowledgement(hook, request)
}

/** When this isolate received its last event. */
let lastEventMs = 0

/**
 * Creates the job of an event, delayed so that simultaneous events are acknowledged first. If this fails or is cut
 * off, the outbox of the ledger creates the job.
 */
async function handleLater(hook: Hook, taken: EventToHandle, context: InboundContext): Promise<void> {
  lastEventMs = Date.now()
  await untilQuiet(() => lastEventMs)
  await handleEvent(hook, taken, context)
}

async function beginStream(
  hook: Hook,
  secrets: HookSecrets,
  request: SignedRequest,
  taken: EventToHandle,
  context: InboundContext,
): Promise<InboundResponse> {
  const made = await handleEvent(hook, taken, context)
  if (made.kind === 'made') return acknowledged(hook, secrets, request, made.job, context)
  const outcome = made.status === 'limited' ? 'limited' : 'ignored'
  return { ...acknowledgement(hook, request), outcome }
}

/** A row of the ledger may have 2 MB, and the event is stored a second time with its reply. */
const MAX_EVENT_CHARACTERS = 400_000

/** The event to store and answer: without the platform's payload if that is too large or nested too deeply. */
function keepable(event: HookEvent): { event: HookEvent; text: string } {
  const text = textOrNothing(event)
  if (text !== undefined && text.length <= MAX_EVENT_CHARACTERS) return { event, text }
  const small = { ...event, raw: null }
  return { event: small, text: JSON.stringify(small) }
}

/** `JSON.parse` accepts any depth, but `JSON.stringify` runs out of stack. */
function textOrNothing(event: HookEvent): string | undefined {
  try {
    return JSON.stringify(event)
  } catch {
    return undefined
  }
}

function ignored(
  hook: Hook,
  request: SignedRequest,
  reason: string,
  entry: { id: string; user: string; event: string },
  context: InboundContext,
): InboundResponse {
  const id = entry.id.startsWith('hev_') ? entry.id : makeId('hev')
  const ledger = ledgersOf(context.env).getByName(hook.key)
  context.keepAlive(ledger.noteEvent({ ...entry, id, hook: hook.id }, 'ignored', reason))
  return { ...acknowledgement(hook, request), outcome: 'ignored' }
}

/**
 * The acknowledgement for a platform: the state of the stream for an AI bot of WeCom, almost nothing for the others.
 */
async function acknowledged(
  hook: Hook,
  secrets: HookSecrets,
  request: SignedRequest,
  job: string | null,
  context: InboundContext,
  outcome?: InboundResponse['outcome'],
): Promise<InboundResponse> {
  const response =
    hook.kind === 'wecom-bot' && job !== null
      ? await streamState(hook, secrets, job, context)
      : acknowledgement(hook, request)
  return { ...response, ...(outcome && { outcome }) }
}

/**
 * Slack shows the body of a command's response to the person, and WeCom interprets it as a reply. A browser that sent
 * a form is redirected to a page.
 */
function acknowledgement({ kind, form }: Hook, { header }: SignedRequest): InboundResponse {
  const isForm = isFormType(header('content-type'))
  if (kind === 'form' && isForm && form?.redirect)
    return { status: 303, body: '', type: 'text/plain', location: form.redirect }
  const isCommand = kind === 'slack' && isForm
  const isEmpty = isCommand || kind === 'wecom' || kind === 'wecom-bot'
  return { status: 200, body: isEmpty ? '' : '{}', type: isEmpty ? 'text/plain' : 'application/json' }
}
