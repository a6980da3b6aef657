import { readConfig } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import { type Hook, type HookSecrets, secretsFault, streamingFault } from '../../hooks/hook-record.ts'
import type { HookChange, NewHook } from '../../hooks/hook-schema.ts'
import { readPreset } from '../../hooks/hook-store.ts'
import { ledgersOf } from '../../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { checkDestination } from '../../jobs/destination.ts'
import { readWebhook } from '../../jobs/options.ts'
import { findKeyById } from '../../keys/store.ts'
import { makeId } from '../../lib/random.ts'
import { resolveModel } from '../../policy/model-names.ts'
import { allowModel } from '../../policy/policy.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { destinationRules } from '../../proxy/job.ts'

const DEFAULT_LIMITS = { per_minute: 30, per_user_minute: 6, concurrent: 10 }

const DEFAULT_REPLY = {
  to: 'platform',
  format: 'markdown',
  thread: true,
  mention: true,
  stream: false,
  ack_text: null,
  error_text: 'Sorry, that did not work. Please try again.',
  base_url: null,
  card_template: null,
} as const

/** A new hook; fields missing in the body get their defaults. */
export function hookFrom(body: NewHook, key: string, now: string): Hook {
  return {
    id: makeId('hk'),
    name: body.name,
    kind: body.kind,
    key,
    hmac: body.hmac ?? null,
    form: formFrom(body.form),
    when: body.when ?? {},
    preset: body.preset ?? null,
    prompt: body.prompt ?? null,
    history: body.history ?? { turns: 0, per: 'chat', minutes: 60 },
    reply: { ...DEFAULT_REPLY, ...body.reply },
    deliver: body.deliver ?? null,
    limits: { ...DEFAULT_LIMITS, ...body.limits },
    disabled: body.disabled ?? false,
    created_at: now,
    updated_at: now,
  }
}

/** A hook with a change applied. */
export function changedHook(hook: Hook, change: HookChange, now: string): Hook {
  const { secrets: _, reply, limits, form, ...fields } = change
  return {
    ...hook,
    ...fields,
    ...(form !== undefined && { form: formFrom(form) }),
    reply: { ...hook.reply, ...reply },
    limits: { ...hook.limits, ...limits },
    updated_at: now,
  }
}

function formFrom(form: NewHook['form']): NonNullable<Hook['form']> | null {
  return form ? { redirect: null, ...form } : null
}

/**
 * Checks the rules between the fields of a hook.
 *
 * @throws GatewayError `invalid`, naming the field.
 */
export function checkHook(c: EdgeContext, hook: Hook, secrets: HookSecrets): void {
  const refuse = (message: string, param: string) => {
    throw new GatewayError('invalid', message, { param })
  }
  const fault = secretsFault(hook.kind, secrets)
  if (fault) refuse(fault, 'secrets')
  const asksNothing = hook.kind === 'eventbridge'
  if (!asksNothing && (hook.preset === null) === (hook.prompt === null))
    refuse('preset: expected either preset or prompt.', 'preset')
  if (hook.kind !== 'form' && hook.form)
    refuse(`form: a hook of kind "${hook.kind}" does not have this field.`, 'form')
  if (hook.kind === 'form' && secrets.turnstile && !hook.form)
    refuse('form.origins: a form that is protected by Turnstile needs the origins of its pages.', 'form')
  if (secrets.turnstile && readConfig(c.env).turnstileSecret === undefined)
    refuse('secrets.turnstile: TURNSTILE_SECRET is not set. The operator must set it.', 'secrets')
  const streamFault = hook.reply.stream ? streamingFault(hook, secrets) : undefined
  if (streamFault) refuse(streamFault, 'reply.stream')
  if (hook.kind === 'hmac' && !hook.hmac) refuse('hmac: a hook of kind "hmac" needs it.', 'hmac')
  if (hook.kind !== 'hmac' && hook.hmac)
    refuse(`hmac: a hook of kind "${hook.kind}" does not have this field.`, 'hmac')
  const rules = destinationRules(c.get('exchange').url.origin, readConfig(c.env))
  if (hook.deliver !== null) readWebhook(hook.deliver, rules)
  if (hook.reply.base_url !== null) checkDestination(hook.reply.base_url, rules)
}

/**
 * Checks that the preset and the endpoint of a hook belong to its key; those of other keys are reported as unknown
 * (promise P7).
 *
 * @throws GatewayError `invalid`, naming the field.
 */
export async function checkReferences({ env }: EdgeContext, { key, preset, deliver }: Hook): Promise<void> {
  if (preset !== null && (await readPreset(env, preset))?.key !== key)
    throw new GatewayError('invalid', 'preset: this key has no such preset.', { param: 'preset' })
  const [endpoint] = deliver?.split(';') ?? []
  if (!endpoint?.startsWith('ep_')) return
  const found = await ledgerOrUnavailable(async () => ledgersOf(env).getByName(key).endpoint(endpoint.trim()))
  if (!found)
    throw new GatewayError('invalid', 'deliver: this key has no such endpoint.', { param: 'deliver' })
}

/**
 * Refuses a model that the key of a hook may not use: every event would fail, and only the list of events would show
 * why.
 *
 * @throws GatewayError `modelDenied` with the models that the key may use.
 */
export async function checkHookModel(c: EdgeContext, { key, preset, prompt }: Hook): Promise<void> {
  const record = await findKeyById(c.env.KEYS, key, c.get('exchange').startedMs)
  const model = prompt?.model ?? (preset === null ? undefined : (await readPreset(c.env, preset))?.model)
  if (record && model !== undefined) allowModel(record, resolveModel(record, model))
}
