import { readConfig } from '../../config.ts'
import { findEndpoint } from '../../dashscope/endpoints.ts'
import { GatewayError } from '../../errors.ts'
import type { Preset } from '../../hooks/hook-record.ts'
import type { PresetChange } from '../../hooks/hook-schema.ts'
import { deletePreset, listPresets, readPreset, writePreset } from '../../hooks/hook-store.ts'
import { bodyOf, PROMPT_PATHS, renderPreset } from '../../hooks/prompt.ts'
import { bytesOf } from '../../lib/json/utf8.ts'
import { makeId } from '../../lib/random.ts'
import { type EdgeContext, noteRequest } from '../../proxy/exchange.ts'
import { respondOnAccount } from '../../proxy/handler.ts'
import { readCall } from '../../proxy/read-request.ts'
import { identifyEdgeCaller } from '../caller.ts'
import { readJsonBody } from '../json-body.ts'
import { noSuch } from '../no-such.ts'
import { identifyManager, keyListed, mayManage, ownerOf } from './owned.ts'

/** `GET /edge/presets` */
export async function getPresets(c: EdgeContext): Promise<Response> {
  const manager = await identifyManager(c)
  const key = keyListed(c, manager)
  return c.json({ data: await listPresets(c.env, key) })
}

/** `POST /edge/presets` */
export async function createPreset(c: EdgeContext): Promise<Response> {
  const manager = await identifyManager(c)
  const { newPreset } = await import('../../hooks/hook-schema.ts')
  const { key: named, ...body } = await readJsonBody(c.req.raw, newPreset)
  const now = new Date(c.get('exchange').startedMs).toISOString()
  const preset: Preset = {
    id: makeId('ps'),
    key: await ownerOf(c, manager, named),
    system: '',
    parameters: {},
    endpoint: 'chat-completions',
    ...body,
    created_at: now,
    updated_at: now,
  }
  await writePreset(c.env, preset)
  return c.json(preset, 201)
}

/** `GET /edge/presets/{id}` */
export async function showPreset(c: EdgeContext): Promise<Response> {
  return c.json(await ownPreset(c))
}

/** `PATCH /edge/presets/{id}` */
export async function changePreset(c: EdgeContext): Promise<Response> {
  const preset = await ownPreset(c)
  const { presetChange } = await import('../../hooks/hook-schema.ts')
  const change: PresetChange = await readJsonBody(c.req.raw, presetChange)
  const changed = { ...preset, ...change, updated_at: new Date(c.get('exchange').startedMs).toISOString() }
  await writePreset(c.env, changed)
  return c.json(changed)
}

/** `DELETE /edge/presets/{id}` */
export async function removePreset(c: EdgeContext): Promise<Response> {
  const { id } = await ownPreset(c)
  await deletePreset(c.env, id)
  return c.body(null, 204)
}

/** `POST /edge/presets/{id}/run`: a client key's own preset; the response is that of the preset's endpoint. */
export async function runPreset(c: EdgeContext): Promise<Response> {
  const exchange = c.get('exchange')
  const caller = await identifyEdgeCaller(c.req.raw, c.env, exchange.startedMs)
  if (caller.kind === 'operator')
    throw new GatewayError('denied', 'Run a preset with the client key that owns it.')
  const { principal } = caller
  exchange.principal = principal
  const preset = await readPreset(c.env, c.req.param('id') ?? '')
  if (preset?.key !== principal.keyId) throw noSuch('preset')
  const { presetRun } = await import('../../hooks/hook-schema.ts')
  const { variables = {}, stream = false } = await readJsonBody(c.req.raw, presetRun)
  const path = PROMPT_PATHS[preset.endpoint]
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint')
    throw new GatewayError('internal', 'The endpoint of the preset is not served.')
  const url = new URL(path, exchange.url.origin)
  const body = bytesOf(bodyOf(renderPreset(preset, variables), [], [], stream))
  const headers = new Map([['content-type', 'application/json']])
  if (stream && found.endpoint.stream === 'header') headers.set('x-dashscope-sse', 'enable')
  const request = new Request(url, { method: 'POST', body, signal: c.req.raw.signal })
  const incoming = { headers, principal, endpoint: found.endpoint, id: undefined }
  const call = await readCall(request, url, incoming, readConfig(c.env))
  noteRequest(exchange, call)
  return respondOnAccount(c, call)
}

async function ownPreset(c: EdgeContext): Promise<Preset> {
  const manager = await identifyManager(c)
  const preset = await readPreset(c.env, c.req.param('id') ?? '')
  if (!preset || !mayManage(manager, preset.key)) throw noSuch('preset')
  return preset
}
