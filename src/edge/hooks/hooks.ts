import { readConfig } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import type { HookEvent } from '../../hooks/events/event.ts'
import { createHookJob, promptFor } from '../../hooks/hook-job.ts'
import { type Hook, type HookSecrets, shownSecrets } from '../../hooks/hook-record.ts'
import {
  deleteHook,
  findHook,
  listHooks,
  MAX_HOOKS,
  openHook,
  readHook,
  writeHook,
} from '../../hooks/hook-store.ts'
import { PLATFORMS } from '../../hooks/replies/platforms.ts'
import { ledgersOf } from '../../jobs/bindings.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { readAddress } from '../../lib/address.ts'
import { parseObject } from '../../lib/json/object.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readJsonBody } from '../json-body.ts'
import { noSuch } from '../no-such.ts'
import { cursorIn, limitIn, momentIn, pageOf, wordIn } from '../page-query.ts'
import { changedHook, checkHook, checkHookModel, checkReferences, hookFrom } from './hook-fields.ts'
import { contextOf, identifyManager, keyListed, mayManage, ownerOf } from './owned.ts'
import { testEvent } from './test-event.ts'

const EVENT_STATUSES = ['accepted', 'duplicate', 'ignored', 'limited', 'invalid'] as const

/** `GET /edge/hooks` */
export async function getHooks(c: EdgeContext): Promise<Response> {
  const manager = await identifyManager(c)
  const key = keyListed(c, manager)
  const stored = await listHooks(c.env, key)
  const config = readConfig(c.env)
  const opened = stored.map((each) => openHook(config, each))
  return c.json({ data: opened.map(({ hook, secrets }) => shown(hook, secrets, c)) })
}

/** `POST /edge/hooks` */
export async function createHook(c: EdgeContext): Promise<Response> {
  const manager = await identifyManager(c)
  const { newHook } = await import('../../hooks/hook-schema.ts')
  const body = await readJsonBody(c.req.raw, newHook)
  const key = await ownerOf(c, manager, body.key)
  if ((await listHooks(c.env, key)).length >= MAX_HOOKS) {
    throw new GatewayError('conflict', `This key already has ${MAX_HOOKS} hooks, the maximum. Delete one.`)
  }
  const now = new Date(c.get('exchange').startedMs).toISOString()
  const hook = hookFrom(body, key, now)
  const secrets = body.secrets ?? {}
  checkHook(c, hook, secrets)
  await checkReferences(c, hook)
  await checkHookModel(c, hook)
  await writeHook(c.env, readConfig(c.env), hook, secrets)
  return c.json(shown(hook, secrets, c), 201)
}

/** `GET /edge/hooks/{id}` */
export async function showHook(c: EdgeContext): Promise<Response> {
  const { hook, secrets } = await ownHook(c)
  return c.json(shown(hook, secrets, c))
}

/** `PATCH /edge/hooks/{id}`: missing fields and secrets stay unchanged. */
export async function changeHook(c: EdgeContext): Promise<Response> {
  const { hook, secrets } = await ownHook(c)
  const { hookChange } = await import('../../hooks/hook-schema.ts')
  const change = await readJsonBody(c.req.raw, hookChange)
  const changed = changedHook(hook, change, new Date(c.get('exchange').startedMs).toISOString())
  const merged = { ...secrets, ...change.secrets }
  checkHook(c, changed, merged)
  await checkReferences(c, changed)
  if (change.prompt !== undefined || change.preset !== undefined) await checkHookModel(c, changed)
  await writeHook(c.env, readConfig(c.env), changed, merged)
  return c.json(shown(changed, merged, c))
}

/** `DELETE /edge/hooks/{id}` */
export async function removeHook(c: EdgeContext): Promise<Response> {
  const { hook } = await ownHook(c)
  await deleteHook(c.env, hook.id)
  return c.body(null, 204)
}

/** `POST /edge/hooks/{id}/test`: renders the prompt and shows what a reply would be. Nothing is sent. */
export async function testHook(c: EdgeContext): Promise<Response> {
  const { hook, secrets } = await ownHook(c)
  const event = await testEvent(c, hook)
  const prompt = await promptFor(hook, event, c)
  if (!prompt) throw new GatewayError('conflict', 'The preset of the hook was deleted.')
  const context = {
    event,
    settings: hook.reply,
    secrets,
    accessToken: 'test',
    messageId: 'test',
    nowMs: Date.now(),
  }
  const request = PLATFORMS[hook.kind]?.message('The answer of the model.', context)
  const reply =
    request === undefined
      ? null
      : { method: request.method, url: withoutQuery(request.url), body: parseObject(request.body) ?? null }
  return c.json({ prompt: { system: prompt.system, user: prompt.user, model: prompt.model }, reply })
}

/** `GET /edge/hooks/{id}/events`: the events of the last week, newest first. */
export async function getHookEvents(c: EdgeContext): Promise<Response> {
  const { hook } = await ownHook(c)
  const query = readAddress(c.req.url).searchParams
  const limit = limitIn(query)
  const status = wordIn(query, 'status', EVENT_STATUSES)
  const sinceMs = momentIn(query, 'since')
  const before = cursorIn(query)
  const ledger = ledgersOf(c.env).getByName(hook.key)
  const events = await ledgerOrUnavailable(async () =>
    ledger.hookEvents({ hook: hook.id, status, sinceMs, before, limit: limit + 1 }),
  )
  const records = events.map(({ sequence, id, receivedMs, status, reason, job, event }) => ({
    sequence,
    record: {
      id,
      received_at: new Date(receivedMs).toISOString(),
      status,
      reason,
      job,
      event: JSON.parse(event),
    },
  }))
  return c.json(pageOf(records, limit))
}

/** `POST /edge/hooks/{id}/events/{event}/replay`: answers an event again, with the current prompt. */
export async function replayEvent(c: EdgeContext): Promise<Response> {
  const { hook } = await ownHook(c)
  const ledger = ledgersOf(c.env).getByName(hook.key)
  const stored = await ledgerOrUnavailable(async () => ledger.hookEvent(c.req.param('event') ?? ''))
  if (stored?.hook !== hook.id) throw noSuch('event')
  const event: HookEvent | null = JSON.parse(stored.event)
  if (!event) throw new GatewayError('conflict', 'This event was not parsed, so it cannot be replayed.')
  const made = await createHookJob(hook, { id: stored.id, event, isReplay: true }, contextOf(c))
  if (made.kind === 'refused')
    throw new GatewayError('conflict', `The event cannot be replayed: ${made.reason}`)
  return c.json({ job: made.job }, 202)
}

/** The hook in the path with its secrets, if the caller may manage it. */
async function ownHook(c: EdgeContext): Promise<{ hook: Hook; secrets: HookSecrets }> {
  const manager = await identifyManager(c)
  const id = c.req.param('id') ?? ''
  const stored = await readHook(c.env, id)
  if (!stored || !mayManage(manager, stored.hook.key)) throw noSuch('hook')
  const opened = await findHook(c.env, readConfig(c.env), id, c.get('exchange').startedMs)
  return { hook: stored.hook, secrets: opened?.secrets ?? {} }
}

/** The hook in the API; `secrets` is null if a changed ADMIN_TOKEN has made them unreadable. */
function shown(hook: Hook, secrets: HookSecrets | undefined, c: EdgeContext) {
  return {
    ...hook,
    secrets: secrets ? shownSecrets(secrets) : null,
    url: `${c.get('exchange').url.origin}/edge/hooks/${hook.id}/in`,
  }
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? ''
}
