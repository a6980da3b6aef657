import { isExpired } from '../auth/authenticate.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { findEndpoint } from '../dashscope/endpoints.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { createJob, ledgerOrUnavailable } from '../jobs/create-job.ts'
import { readWebhook } from '../jobs/options.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import type { KeyRecord, Principal } from '../policy/key-record.ts'
import { destinationRules } from '../proxy/job.ts'
import { readCall } from '../proxy/read-request.ts'
import type { HookEvent } from './events/event.ts'
import type { Hook } from './hook-record.ts'
import { findPayingKey, readPreset } from './hook-store.ts'
import type { InboundContext } from './inbound-context.ts'
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

type MadeJob =
  | { kind: 'made'; job: string }
  | { kind: 'refused'; status: 'limited' | 'invalid'; reason: string }

/** An event with its id in the ledger; `isReplay`: it is answered again on request. */
export interface EventToHandle {
  id: string
  event: HookEvent
  isReplay?: boolean
}

/**
 * Creates the job for an event in the ledger, or records why there is none.
 *
 * @throws GatewayError `unavailable`, after which the ledger retries.
 */
export async function handleEvent(
  hook: Hook,
  taken: EventToHandle,
  context: Omit<InboundContext, 'keepAlive'>,
): Promise<MadeJob> {
  const made = await createHookJob(hook, taken, context)
  if (made.kind === 'refused') {
    const ledger = ledgersOf(context.env).getByName(hook.key)
    await ledgerOrUnavailable(async () => ledger.refuseEvent(taken.id, made.status, made.reason))
  }
  return made
}

/**
 * Creates the job that answers an event, with the policy and limits of the hook's key.
 *
 * @throws GatewayError `unavailable`, after which the ledger retries.
 */
export async function createHookJob(
  hook: Hook,
  { id: eventId, event, isReplay = false }: EventToHandle,
  context: Omit<InboundContext, 'keepAlive'>,
): Promise<MadeJob> {
  const { env, config, origin, nowMs } = context
  const record = await findPayingKey(env, hook.key, nowMs)
  const unusable = unusableBecause(record, nowMs)
  if (!record || unusable !== undefined)
    return { kind: 'refused', status: 'invalid', reason: `the key of the hook ${unusable}` }
  const prompt = await promptFor(hook, event, context)
  if (!prompt) return { kind: 'refused', status: 'invalid', reason: 'the preset of the hook was deleted' }
  const principal: Principal = {
    keyId: hook.key,
    policy: record,
    user: `${hook.kind}:${event.user.id}`.slice(0, 200),
  }
  const { request, url, endpoint } = await promptRequest(hook, event, prompt, context)
  try {
    const headers = new Map([['content-type', 'application/json']])
    const call = await readCall(
      request,
      url,
      { headers, principal, endpoint, id: undefined, asJob: true },
      config,
    )
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

/** The request that sends a prompt, and its endpoint. */
async function promptRequest(
  hook: Hook,
  event: HookEvent,
  prompt: RenderedPrompt,
  context: Omit<InboundContext, 'keepAlive'>,
): Promise<{ request: Request; url: URL; endpoint: Endpoint }> {
  const path = PROMPT_PATHS[prompt.endpoint]
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint')
    throw new GatewayError('internal', 'The endpoint of the prompt is not served.')
  const url = new URL(path, context.origin)
  const pictures = placeholders(event, prompt.model)
  const body = bytesOf(bodyOf(prompt, await turnsFor(hook, event, context), pictures))
  return { request: new Request(url, { method: 'POST', body }), url, endpoint: found.endpoint }
}

/** Why a key cannot be charged for an event; undefined if it can. */
function unusableBecause(record: KeyRecord | undefined, nowMs: number): string | undefined {
  if (!record) return 'is gone'
  if (record.disabled) return 'is disabled'
  return isExpired(record, nowMs) ? 'has expired' : undefined
}

/** The text sent before the model has answered. For AI bots of WeCom the stream begins with it instead. */
function ackTextOf({ kind, reply }: Hook): string | null {
  const canWrite = reply.to === 'platform' && PLATFORMS[kind] !== undefined && kind !== 'wecom-bot'
  return canWrite ? reply.ack_text : null
}

/** The rendered prompt for an event; undefined if the hook's preset was deleted. */
export async function promptFor(
  hook: Hook,
  event: HookEvent,
  { env }: Pick<InboundContext, 'env'>,
): Promise<RenderedPrompt | undefined> {
  if (hook.prompt) return renderPrompt(hook.prompt, event)
  const preset = hook.preset === null ? undefined : await readPreset(env, hook.preset)
  // The preset may have been deleted; a preset of another key counts as deleted.
  return preset?.key === hook.key ? renderPreset(preset, { event }) : undefined
}

async function turnsFor(hook: Hook, event: HookEvent, { env, nowMs }: Pick<InboundContext, 'env' | 'nowMs'>) {
  const conversation = conversationOf(hook.history, event)
  if (conversation === undefined) return []
  const { turns, minutes } = hook.history
  const ledger = ledgersOf(env).getByName(hook.key)
  return ledgerOrUnavailable(async () => ledger.turns(hook.id, conversation, turns, nowMs - 60_000 * minutes))
}
