import { findEndpoint } from '../dashscope/endpoints.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { createJob, orUnavailable } from '../jobs/create-job.ts'
import { readWebhook } from '../jobs/options.ts'
import { toHex } from '../lib/hex.ts'
import { digest } from '../lib/hmac.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { makeId } from '../lib/random.ts'
import type { Principal } from '../policy/key-record.ts'
import { destinationRules } from '../proxy/job.ts'
import { readCall } from '../proxy/read-request.ts'
import { receiveNudge } from './eventbridge.ts'
import type { HookEvent, Reading } from './events/event.ts'
import { readEvent } from './events/read.ts'
import { ignoredBecause } from './filter.ts'
import { refuseForeignPage } from './form-pages.ts'
import type { Hook, HookSecrets } from './hook-record.ts'
import { findHook, findPayingKey, readPreset } from './hook-store.ts'
import type { InboundContext, InboundResponse } from './inbound-context.ts'
import { placeholders } from './pictures.ts'
import {
  bodyOf,
  conversationOf,
  PROMPT_PATHS,
  type RenderedPrompt,
  renderPreset,
  renderPrompt,
} from './prompt.ts'
import { PLATFORMS } from './replies/platforms.ts'
import { isFormType } from './verify/form.ts'
import type { SignedRequest } from './verify/verified.ts'
import { verify } from './verify/verify.ts'
import { streamState } from './wecom-stream.ts'

/**
 * Takes a request of a platform: verifies it, reads the event, takes it once and makes the job that answers it. When this
 * returns an acknowledgement, the event is answered or is in the dead letters (promise P8).
 *
 * @throws GatewayError `notFound` for an unknown or disabled hook, `badSignature`, and `unavailable`, after which the
 *   platform tries again.
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
  const entry = { id: makeId('hev'), hook: hook.id, user: event.user.id, event: storedText(event) }
  if (reason !== undefined) return ignored(hook, request, reason, entry, context)
  const ledger = ledgersOf(context.env).getByName(hook.key)
  const taken = await orUnavailable(async () =>
    ledger.takeEvent({
      ...entry,
      origin: context.origin,
      dedupe,
      dedupeMs: 1000 * dedupeSeconds,
      limits: hook.limits,
    }),
  )
  if (taken.kind === 'duplicate') return acknowledged(hook, secrets, request, taken.job, context, 'duplicate')
  if (taken.kind === 'limited') return acknowledged(hook, secrets, request, null, context, 'limited')
  const made = await createHookJob(hook, { id: entry.id, event }, context)
  if (made.kind === 'refused') {
    await orUnavailable(async () => ledger.refuseEvent(entry.id, made.status, made.reason))
    return acknowledged(
      hook,
      secrets,
      request,
      null,
      context,
      made.status === 'limited' ? 'limited' : 'ignored',
    )
  }
  return acknowledged(hook, secrets, request, made.job, context)
}

/** A row of the ledger holds 2 MB, and the event is stored with its reply as well. */
const MAX_EVENT_CHARACTERS = 400_000

/** An event as it is stored: a large one without the platform's own payload. */
function storedText(event: HookEvent): string {
  const text = JSON.stringify(event)
  return text.length <= MAX_EVENT_CHARACTERS ? text : JSON.stringify({ ...event, raw: null })
}

type MadeJob =
  | { kind: 'made'; job: string }
  | { kind: 'refused'; status: 'limited' | 'invalid'; reason: string }

/**
 * Makes the job that answers an event, with the policy and limits of the hook's key.
 *
 * @param taken the event, under the id by which the ledger knows it; `isReplay`: it is answered again, on request.
 * @throws GatewayError `unavailable`: the ledger tries again.
 */
export async function createHookJob(
  hook: Hook,
  { id: eventId, event, isReplay = false }: { id: string; event: HookEvent; isReplay?: boolean },
  context: InboundContext,
): Promise<MadeJob> {
  const { env, config, origin, nowMs } = context
  const record = await findPayingKey(env, hook.key, nowMs)
  if (!record || record.disabled)
    return { kind: 'refused', status: 'invalid', reason: 'the key of the hook is gone' }
  const prompt = await promptFor(hook, event, context)
  if (!prompt) return { kind: 'refused', status: 'invalid', reason: 'the preset of the hook is gone' }
  const principal: Principal = {
    keyId: hook.key,
    policy: record,
    user: `${hook.kind}:${event.user.id}`.slice(0, 200),
  }
  const path = PROMPT_PATHS[prompt.endpoint]
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint')
    throw new GatewayError('internal', 'The endpoint of the prompt is not served.')
  const url = new URL(path, origin)
  const pictures = placeholders(event)
  const body = bytesOf(bodyOf(prompt, await turnsFor(hook, event, context), pictures))
  try {
    const headers = new Map([['content-type', 'application/json']])
    const incoming = { headers, principal, endpoint: found.endpoint, id: undefined, asJob: true }
    const call = await readCall(new Request(url, { method: 'POST', body }), url, incoming, config)
    const { record: job } = await createJob(
      env,
      call,
      {
        respondAsync: true,
        webhook: hook.deliver === null ? null : readWebhook(hook.deliver, destinationRules(origin, config)),
        metadata: {},
        idempotencyKey: null,
      },
      {
        kind: 'hook',
        hook: { id: hook.id, event: eventId, isReplay, ackText: ackTextOf(hook) },
        origin,
        nowMs,
      },
    )
    return { kind: 'made', job: job.id }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    if (error.status >= 500) throw error
    return { kind: 'refused', status: error.status === 429 ? 'limited' : 'invalid', reason: error.message }
  }
}

/** What is said before the model has answered. The stream of an AI bot begins with it instead. */
function ackTextOf({ kind, reply }: Hook): string | null {
  const canWrite = reply.to === 'platform' && PLATFORMS[kind] !== undefined && kind !== 'wecom-bot'
  return canWrite ? reply.ack_text : null
}

/** What the model is asked for an event; undefined where the hook's preset is gone. */
export async function promptFor(
  hook: Hook,
  event: HookEvent,
  { env }: Pick<InboundContext, 'env'>,
): Promise<RenderedPrompt | undefined> {
  if (hook.prompt) return renderPrompt(hook.prompt, event)
  const preset = hook.preset === null ? undefined : await readPreset(env, hook.preset)
  // A preset may have been deleted, and the id of another key's is as unknown.
  return preset?.key === hook.key ? renderPreset(preset, { event }) : undefined
}

async function turnsFor(hook: Hook, event: HookEvent, { env, nowMs }: InboundContext) {
  const conversation = conversationOf(hook.history, event)
  if (conversation === undefined) return []
  const { turns, minutes } = hook.history
  const ledger = ledgersOf(env).getByName(hook.key)
  return orUnavailable(async () => ledger.turns(hook.id, conversation, turns, nowMs - 60_000 * minutes))
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

/** What a platform wants to read: an AI bot of WeCom the state of its stream, every other one next to nothing. */
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
 * Slack shows the body of a command's response to the person, and WeCom takes it for a reply. A browser that sent a form is led
 * to a page.
 */
function acknowledgement({ kind, form }: Hook, { header }: SignedRequest): InboundResponse {
  const isForm = isFormType(header('content-type'))
  if (kind === 'form' && isForm && form?.redirect)
    return { status: 303, body: '', type: 'text/plain', location: form.redirect }
  const isCommand = kind === 'slack' && isForm
  const isEmpty = isCommand || kind === 'wecom' || kind === 'wecom-bot'
  return { status: 200, body: isEmpty ? '' : '{}', type: isEmpty ? 'text/plain' : 'application/json' }
}
